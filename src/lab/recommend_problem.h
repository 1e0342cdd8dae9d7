#pragma once
// What a recommender is fitted on and measured by, from files.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "evaluation/splits.h"
#include "lab/feature_files.h"
#include "lab/interaction_files.h"
#include "lab/lab_split.h"
#include "math/sparse.h"
#include "models/recommend/feature_matrices.h"
#include "models/recommend/ordered_history.h"

namespace coterie::lab {

// How many of the users (items) that training meets a file of what they are like has.
struct Coverage {
  int64_t described = 0, all = 0;
};

// Codes are dense: users and items of the training part come first.
struct Problem {
  std::vector<std::string> users, items;  // external ids by code
  math::Csr train;                        // training users × training items
  // All users × training items: what each user is known to have. Training's, and of users that
  // training does not see what they are folded in from.
  math::Csr history;
  // When what of `history` was met; empty unless asked for.
  std::optional<recommend::OrderedHistory> order;
  math::Csr test;               // all users × all items
  std::vector<int32_t> ranked;  // users with test items, ascending
  // Users that the split could have tested but who have nothing in the test.
  int64_t users_without_test = 0;
  int64_t new_users = 0;  // ranked ones without any history
  // Pairs of user and item, each counted once.
  int64_t train_pairs = 0, history_pairs = 0, test_pairs = 0;
  // Test pairs left out because the user's history has them already: only where the program split.
  int64_t repeated_pairs = 0;
  // Of all users, and of the training items; null without files of features.
  std::shared_ptr<const recommend::FeatureMatrices> features;
  // By the files of features, and of items by the catalogue; nothing is counted without them.
  Coverage users_described, items_described;
};

// Files of features, empty: none. Items of such a file are training items, met or not.
struct FeatureFiles {
  std::string users, items;
};
// By codes as they are given to make_problem().
struct FeatureEntries {
  FeatureRows users, items;
};

// What a problem is made of. Items of `catalogue` are training items, met or not.
struct ProblemOptions {
  bool ordered = false;  // wanted: Problem::order
  // A user's events further apart are of two sessions: in the unit of the times, dates in seconds.
  // 0: all are of one.
  int64_t session_gap = 0;
  std::vector<std::string> catalogue = {};
  // What read_problem() decides by itself: whether what a user already knows is no test item, and
  // what it read of the feature files.
  bool drop_repeats = false;
  const FeatureEntries* features = nullptr;
};

// Interactions by part. kInvalidInput also where an order is wanted of interactions without times.
Result<Problem> make_problem(Codes users, Codes items, const Interactions& interactions,
                             const std::vector<evaluation::Part>& parts,
                             const ProblemOptions& options, ThreadPool& pool);

// Reads `train` and `test`, or splits `train` (then `test` is empty, and what a user already knows
// is no test item). Errors of files and splits.
Result<Problem> read_problem(data::Connection& connection, const std::string& train,
                             const std::string& test, const std::optional<SplitRequest>& split,
                             const ProblemOptions& options, const FeatureFiles& features,
                             ThreadPool& pool);

}  // namespace coterie::lab
