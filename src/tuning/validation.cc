#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "evaluation/splits.h"
#include "math/random.h"
#include "tuning/validation_internal.h"

namespace coterie::tuning {
namespace {

enum RandomPurpose : uint32_t { kUserSample = 41 };

// The rows of up to `count` random users; `rows` says which if not all.
math::Csr sample_users(const math::Csr& matrix, int32_t count, uint64_t seed,
                       std::vector<int32_t>& rows) {
  if (matrix.rows <= count) return matrix;
  math::Csr sample;
  sample.cols = matrix.cols;
  sample.offsets = {0};
  math::RandomStream random(seed, kUserSample, 0);
  int32_t wanted = count;
  for (int32_t user = 0; user < matrix.rows && wanted > 0; ++user) {
    if (random.below(static_cast<uint32_t>(matrix.rows - user)) >= static_cast<uint32_t>(wanted)) {
      continue;
    }
    --wanted;
    rows.push_back(user);
    const auto items = matrix.row_indices(user);
    const auto values = matrix.row_values(user);
    sample.indices.insert(sample.indices.end(), items.begin(), items.end());
    sample.values.insert(sample.values.end(), values.begin(), values.end());
    sample.offsets.push_back(static_cast<int64_t>(sample.indices.size()));
    ++sample.rows;
  }
  return sample;
}

// NDCG@10 as a test of kTestShare of the user's interactions would show it. The few held out stand
// for all that such a test would hold, so that users with long histories, where order matters most,
// are not judged like those with short ones.
double score_list(std::span<const int32_t> list, std::span<const int32_t> truth, double all) {
  double gain = 0;
  for (size_t r = 0; r < list.size(); ++r) {
    if (!std::binary_search(truth.begin(), truth.end(), list[r])) continue;
    gain += 1 / std::log2(static_cast<double>(r) + 2);
  }
  const auto held_out = static_cast<double>(truth.size());
  const double expected = std::max(held_out, kTestShare * all);
  double ideal = 0;
  for (int r = 0; r < std::min<double>(kValidationCut, std::round(expected)); ++r) {
    ideal += 1 / std::log2(r + 2.0);
  }
  return gain * expected / held_out / ideal;
}

// Parts a sample of whole rows by a byte an entry.
Result<Validation> parted(Validation validation, const math::Csr& sample,
                          const std::vector<uint8_t>& in_test) {
  std::vector<uint8_t> in_train;
  in_train.reserve(in_test.size());
  for (const uint8_t test : in_test) in_train.push_back(test == 0 ? 1 : 0);
  validation.train = math::leave_out(sample, in_test);
  validation.test = math::leave_out(sample, in_train);
  double total = 0;
  for (const float value : validation.train.values) total += value;
  validation.mean_count = total / sample.rows;
  for (int32_t user = 0; user < sample.rows; ++user) {
    if (!validation.test.row_indices(user).empty()) validation.users.push_back(user);
  }
  if (validation.users.empty()) {
    return invalid_input("no user has two interactions, so settings cannot be chosen")
        .with_mend("set them all");
  }
  return validation;
}

// Distinct items of a sequence by their first event, the oldest first.
std::vector<int32_t> by_first_event(std::span<const int32_t> events) {
  std::vector<int32_t> items;
  std::unordered_set<int32_t> seen;
  for (const int32_t item : events) {
    if (seen.insert(item).second) items.push_back(item);
  }
  return items;
}

// The events of a user up to the first one of an item of the test.
void append_known(const recommend::OrderedHistory& order, int32_t user,
                  const std::unordered_set<int32_t>& test, recommend::OrderedHistory& known) {
  const auto events = order.row_items(user);
  for (size_t at = 0; at < events.size() && !test.contains(events[at]); ++at) {
    known.items.push_back(events[at]);
    known.starts.push_back(order.row_starts(user)[at]);
    if (!order.ages.empty()) known.ages.push_back(order.ages[order.offsets[user] + at]);
  }
  known.offsets.push_back(static_cast<int64_t>(known.items.size()));
}

}  // namespace

Result<Validation> hold_out_newest(const math::Csr& interactions,
                                   const recommend::OrderedHistory& order, double share,
                                   int32_t max_users, uint64_t seed) {
  RETURN_IF_ERROR(recommend::check_order(order, interactions.rows));
  Validation validation;
  const math::Csr sample = sample_users(interactions, max_users, seed, validation.rows);
  std::vector<uint8_t> in_test;
  recommend::OrderedHistory known;
  for (int32_t row = 0; row < sample.rows; ++row) {
    const int32_t user = validation.rows.empty() ? row : validation.rows[row];
    const std::vector<int32_t> items = by_first_event(order.row_items(user));
    const auto held_out =
        items.size() < 2
            ? 0
            : std::max<int64_t>(1, static_cast<int64_t>(share * static_cast<double>(items.size())));
    const std::unordered_set<int32_t> test(items.end() - held_out, items.end());
    for (const int32_t item : sample.row_indices(row)) in_test.push_back(test.contains(item));
    append_known(order, user, test, known);
  }
  validation.order = std::move(known);
  return parted(std::move(validation), sample, in_test);
}

Result<Validation> hold_out(const math::Csr& interactions, double share, int32_t max_users,
                            uint64_t seed) {
  Validation validation;
  const math::Csr sample = sample_users(interactions, max_users, seed, validation.rows);
  std::vector<int32_t> users;
  users.reserve(sample.indices.size());
  for (int32_t user = 0; user < sample.rows; ++user) {
    users.insert(users.end(), sample.row_indices(user).size(), user);
  }
  ASSIGN_OR_RETURN(const auto parts, evaluation::split_users_randomly(users, share, seed));
  std::vector<uint8_t> in_test;
  in_test.reserve(parts.size());
  for (const evaluation::Part part : parts) in_test.push_back(part == evaluation::Part::kTest);
  return parted(std::move(validation), sample, in_test);
}

std::vector<double> judge_each(const math::TopK& lists, const Validation& validation) {
  std::vector<double> scores;
  for (size_t i = 0; i < validation.users.size(); ++i) {
    const auto truth = validation.test.row_indices(validation.users[i]);
    const auto kept = validation.train.row_indices(validation.users[i]);
    scores.push_back(score_list(lists.list(static_cast<int64_t>(i)), truth,
                                static_cast<double>(truth.size() + kept.size())));
  }
  return scores;
}

double judge_lists(const math::TopK& lists, const Validation& validation) {
  const std::vector<double> scores = judge_each(lists, validation);
  return std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
}

void thin_out(std::vector<int32_t>& users, size_t count) {
  if (users.size() <= count) return;
  for (size_t i = 0; i < count; ++i) users[i] = users[i * users.size() / count];
  users.resize(count);
}

std::shared_ptr<const recommend::FeatureMatrices> features_of(
    const std::shared_ptr<const recommend::FeatureMatrices>& all, const Validation& part) {
  if (all == nullptr || !all->has_users() || part.rows.empty()) return all;
  auto some = std::make_shared<recommend::FeatureMatrices>();
  some->items = all->items;
  math::Csr& users = some->users;
  users.rows = static_cast<int32_t>(part.rows.size());
  users.cols = all->users.cols;
  users.offsets = {0};
  for (const int32_t row : part.rows) {
    const auto columns = all->users.row_indices(row);
    const auto values = all->users.row_values(row);
    users.indices.insert(users.indices.end(), columns.begin(), columns.end());
    users.values.insert(users.values.end(), values.begin(), values.end());
    users.offsets.push_back(static_cast<int64_t>(users.indices.size()));
  }
  return some;
}

}  // namespace coterie::tuning
