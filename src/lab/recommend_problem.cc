#include "lab/recommend_problem.h"

#include <algorithm>
#include <cstdint>

namespace coterie::lab {
namespace {

using evaluation::Part;

// New codes, those that occur in training first, each group in the order of the old ones.
struct Renumbering {
  std::vector<int32_t> to;  // old -> new
  int32_t in_training = 0;
};

Renumbering training_first(size_t count, const std::vector<int32_t>& codes,
                           const std::vector<Part>& parts, const std::vector<int32_t>& also = {}) {
  std::vector<uint8_t> trained(count, 0);
  for (const int32_t code : also) trained[code] = 1;
  for (size_t i = 0; i < codes.size(); ++i) {
    if (parts[i] == Part::kTrain) trained[codes[i]] = 1;
  }
  Renumbering result;
  result.in_training = static_cast<int32_t>(std::count(trained.begin(), trained.end(), 1));
  int32_t next = 0;
  int32_t next_other = result.in_training;
  for (const uint8_t known : trained) result.to.push_back(known != 0 ? next++ : next_other++);
  return result;
}

std::vector<std::string> renumbered(std::vector<std::string> ids, const Renumbering& numbers) {
  std::vector<std::string> result(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) result[numbers.to[i]] = std::move(ids[i]);
  return result;
}

struct Entries {
  std::vector<int32_t> users, items;
  std::vector<float> values;

  Result<math::Csr> matrix(int32_t rows, int32_t columns, ThreadPool& pool) const {
    return math::csr_from_entries(rows, columns, users, items, values, pool);
  }
};

// Interactions of `part` under their new codes, of items below `item_limit`.
Entries entries_of(const Interactions& in, const std::vector<Part>& parts, Part part,
                   const Renumbering& users, const Renumbering& items, int32_t item_limit) {
  Entries entries;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] != part || items.to[in.items[i]] >= item_limit) continue;
    entries.users.push_back(users.to[in.users[i]]);
    entries.items.push_back(items.to[in.items[i]]);
    entries.values.push_back(in.values[i]);
  }
  return entries;
}

// Training's rows, then those of the users that training does not see.
math::Csr stack_history(const math::Csr& train, const math::Csr& hidden) {
  math::Csr history = train;
  history.rows = hidden.rows;
  for (int32_t user = train.rows; user < hidden.rows; ++user) {
    const auto items = hidden.row_indices(user);
    const auto values = hidden.row_values(user);
    history.indices.insert(history.indices.end(), items.begin(), items.end());
    history.values.insert(history.values.end(), values.begin(), values.end());
    history.offsets.push_back(static_cast<int64_t>(history.indices.size()));
  }
  return history;
}

math::Csr without_known(const math::Csr& test, const math::Csr& history) {
  std::vector<uint8_t> dropped(static_cast<size_t>(test.entries()), 0);
  for (int32_t user = 0; user < test.rows; ++user) {
    const auto known = history.row_indices(user);
    for (int64_t e = test.offsets[user]; e < test.offsets[user + 1]; ++e) {
      dropped[e] = std::binary_search(known.begin(), known.end(), test.indices[e]) ? 1 : 0;
    }
  }
  return math::leave_out(test, dropped);
}

// Whether `later` is after `earlier` by more than a gap > 0; times are any int64.
bool is_far(int64_t earlier, int64_t later, int64_t gap) {
  return static_cast<uint64_t>(later) - static_cast<uint64_t>(earlier) > static_cast<uint64_t>(gap);
}

// Of those whom training meets.
Coverage coverage_of(const std::vector<int32_t>& described, size_t count,
                     const std::vector<int32_t>& codes, const std::vector<Part>& parts) {
  std::vector<uint8_t> known(count, 0);
  for (const int32_t code : described) known[code] = 1;
  std::vector<uint8_t> met(count, 0);
  Coverage coverage;
  for (size_t i = 0; i < codes.size(); ++i) {
    if (parts[i] != Part::kTrain || met[codes[i]] != 0) continue;
    met[codes[i]] = 1;
    ++coverage.all;
    coverage.described += known[codes[i]];
  }
  return coverage;
}

// Events of what users are known to have, under their new codes, the oldest first; events of one
// time keep the order of the file.
Result<recommend::OrderedHistory> order_events(const Interactions& in,
                                               const std::vector<Part>& parts,
                                               const Renumbering& users, const Renumbering& items,
                                               int64_t session_gap) {
  if (in.times.empty()) {
    return invalid_input("it is not known when what was met")
        .with_mend("give the file a column time, timestamp or date, or choose another model");
  }
  std::vector<std::vector<size_t>> events(users.to.size());
  for (size_t i = 0; i < in.times.size(); ++i) {
    const bool known = parts[i] != Part::kTest && items.to[in.items[i]] < items.in_training;
    if (known) events[users.to[in.users[i]]].push_back(i);
  }
  const auto [oldest, newest] = std::minmax_element(in.times.begin(), in.times.end());
  const double span = std::max(1.0, static_cast<double>(*newest) - static_cast<double>(*oldest));
  const int64_t unit = in.dates ? 1'000'000 : 1;
  const int64_t gap = std::min(session_gap, INT64_MAX / unit) * unit;
  recommend::OrderedHistory order;
  for (std::vector<size_t>& row : events) {
    std::stable_sort(row.begin(), row.end(),
                     [&](size_t a, size_t b) { return in.times[a] < in.times[b]; });
    for (size_t i = 0; i < row.size(); ++i) {
      order.items.push_back(items.to[in.items[row[i]]]);
      const bool far = i > 0 && gap > 0 && is_far(in.times[row[i - 1]], in.times[row[i]], gap);
      order.starts.push_back(i == 0 || far ? 1 : 0);
      const double age = static_cast<double>(*newest) - static_cast<double>(in.times[row[i]]);
      order.ages.push_back(static_cast<float>(std::min(1.0, age / span)));
    }
    order.offsets.push_back(static_cast<int64_t>(order.items.size()));
  }
  return order;
}

// Whom the split tests: hidden users if it hides any, else everybody.
void count_users(Problem& problem, const Entries& hidden) {
  std::vector<uint8_t> candidate(problem.users.size(), hidden.users.empty() ? 1 : 0);
  for (const int32_t user : hidden.users) candidate[user] = 1;
  for (int32_t user = 0; user < problem.test.rows; ++user) {
    if (problem.test.row_indices(user).empty()) {
      problem.users_without_test += candidate[user];
      continue;
    }
    problem.ranked.push_back(user);
    if (problem.history.row_indices(user).empty()) ++problem.new_users;
  }
}

Result<std::optional<FeatureEntries>> read_feature_files(data::Connection& connection,
                                                         const FeatureFiles& files, Codes& users,
                                                         Codes& items) {
  if (files.users.empty() && files.items.empty()) return std::optional<FeatureEntries>();
  FeatureEntries entries;
  if (!files.users.empty()) {
    ASSIGN_OR_RETURN(entries.users,
                     read_features(connection, files.users, FeatureSide::kUsers, users));
  }
  if (!files.items.empty()) {
    ASSIGN_OR_RETURN(entries.items,
                     read_features(connection, files.items, FeatureSide::kItems, items));
  }
  return std::optional(std::move(entries));
}

Result<math::Csr> feature_matrix(const FeatureRows& features, const Renumbering& numbers,
                                 int32_t count, ThreadPool& pool) {
  if (features.names.empty()) return math::Csr();
  std::vector<int32_t> rows;
  for (const int32_t row : features.rows) rows.push_back(numbers.to[row]);
  return math::csr_from_entries(count, static_cast<int32_t>(features.names.size()), rows,
                                features.columns, features.values, pool);
}

}  // namespace

Result<Problem> make_problem(Codes user_codes, Codes item_codes, const Interactions& interactions,
                             const std::vector<Part>& parts, const ProblemOptions& options,
                             ThreadPool& pool) {
  std::vector<int32_t> catalogue;
  for (const std::string& id : options.catalogue) catalogue.push_back(item_codes.code_of(id));
  if (options.features != nullptr) {
    const auto& described = options.features->items.ids;
    catalogue.insert(catalogue.end(), described.begin(), described.end());
  }
  const auto users = training_first(user_codes.ids.size(), interactions.users, parts);
  const auto items = training_first(item_codes.ids.size(), interactions.items, parts, catalogue);
  const auto all_users = static_cast<int32_t>(users.to.size());
  const auto all_items = static_cast<int32_t>(items.to.size());
  Problem problem;
  problem.items_described = coverage_of(catalogue, items.to.size(), interactions.items, parts);
  if (options.features != nullptr) {
    problem.users_described =
        coverage_of(options.features->users.ids, users.to.size(), interactions.users, parts);
  }
  problem.users = renumbered(std::move(user_codes.ids), users);
  problem.items = renumbered(std::move(item_codes.ids), items);
  const auto part = [&](Part which, int32_t limit) {
    return entries_of(interactions, parts, which, users, items, limit);
  };
  ASSIGN_OR_RETURN(
      problem.train,
      part(Part::kTrain, all_items).matrix(users.in_training, items.in_training, pool));
  const Entries hidden = part(Part::kHistory, items.in_training);
  ASSIGN_OR_RETURN(const math::Csr hidden_rows, hidden.matrix(all_users, items.in_training, pool));
  problem.history = stack_history(problem.train, hidden_rows);
  ASSIGN_OR_RETURN(problem.test, part(Part::kTest, all_items).matrix(all_users, all_items, pool));
  std::fill(problem.test.values.begin(), problem.test.values.end(), 1.0F);
  if (options.drop_repeats) {
    const int64_t before = problem.test.entries();
    problem.test = without_known(problem.test, problem.history);
    problem.repeated_pairs = before - problem.test.entries();
  }
  if (options.ordered) {
    ASSIGN_OR_RETURN(problem.order,
                     order_events(interactions, parts, users, items, options.session_gap));
  }
  count_users(problem, hidden);
  if (options.features != nullptr) {
    auto features = std::make_shared<recommend::FeatureMatrices>();
    ASSIGN_OR_RETURN(features->users,
                     feature_matrix(options.features->users, users, all_users, pool));
    ASSIGN_OR_RETURN(features->items,
                     feature_matrix(options.features->items, items, items.in_training, pool));
    problem.features = std::move(features);
  }
  problem.train_pairs = problem.train.entries();
  problem.history_pairs = hidden_rows.entries();
  problem.test_pairs = problem.test.entries();
  if (problem.ranked.empty()) {
    return invalid_input("every user knows all test items already").with_mend("split otherwise");
  }
  return problem;
}

Result<Problem> read_problem(data::Connection& connection, const std::string& train,
                             const std::string& test, const std::optional<SplitRequest>& split,
                             const ProblemOptions& options, const FeatureFiles& files,
                             ThreadPool& pool) {
  ProblemOptions given = options;
  given.drop_repeats = split.has_value();
  Codes users, items;
  ASSIGN_OR_RETURN(Interactions all, read_interactions(connection, train, users, items));
  if (split) {
    auto parts = split_interactions(all, *split);
    if (!parts.ok()) return std::move(parts).error().at(train);
    ASSIGN_OR_RETURN(const auto features, read_feature_files(connection, files, users, items));
    given.features = features ? &*features : nullptr;
    auto problem = make_problem(std::move(users), std::move(items), all, *parts, given, pool);
    if (!problem.ok()) return std::move(problem).error().at(train);
    return problem;
  }
  const auto train_count = static_cast<int64_t>(all.users.size());
  ASSIGN_OR_RETURN(const Interactions more, read_interactions(connection, test, users, items));
  all.users.insert(all.users.end(), more.users.begin(), more.users.end());
  all.items.insert(all.items.end(), more.items.begin(), more.items.end());
  all.values.insert(all.values.end(), more.values.begin(), more.values.end());
  ASSIGN_OR_RETURN(const auto parts, evaluation::split_as_given(
                                         train_count, static_cast<int64_t>(more.users.size())));
  ASSIGN_OR_RETURN(const auto features, read_feature_files(connection, files, users, items));
  given.features = features ? &*features : nullptr;
  auto problem = make_problem(std::move(users), std::move(items), all, parts, given, pool);
  if (!problem.ok()) return std::move(problem).error().at(train);
  return problem;
}

}  // namespace coterie::lab
