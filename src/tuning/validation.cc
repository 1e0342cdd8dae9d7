#include <algorithm>
#include <cmath>

#include "evaluation/splits.h"
#include "math/random.h"
#include "tuning/validation_internal.h"

namespace coterie::tuning {
namespace {

enum RandomPurpose : uint32_t { kUserSample = 41 };
// Of a user's interactions, how many a whole test would hold: what the held-out few stand for.
constexpr double kTestShare = 0.25;

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

}  // namespace

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
  std::vector<uint8_t> in_test, in_train;
  for (const evaluation::Part part : parts) {
    in_test.push_back(part == evaluation::Part::kTest);
    in_train.push_back(part == evaluation::Part::kTrain);
  }
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

double judge_lists(const math::TopK& lists, const Validation& validation) {
  double sum = 0;
  for (size_t i = 0; i < validation.users.size(); ++i) {
    const auto truth = validation.test.row_indices(validation.users[i]);
    const auto kept = validation.train.row_indices(validation.users[i]);
    sum += score_list(lists.list(static_cast<int64_t>(i)), truth,
                      static_cast<double>(truth.size() + kept.size()));
  }
  return sum / static_cast<double>(validation.users.size());
}

}  // namespace coterie::tuning
