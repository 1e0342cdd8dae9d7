#pragma once
// What settings are judged on: a part of the training data that is held out of it.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "math/sparse.h"
#include "math/topk.h"
#include "models/recommend/feature_matrices.h"
#include "models/recommend/ordered_history.h"

namespace coterie::tuning {

inline constexpr int kValidationCut = 10;  // lists to judge are as long

struct Validation {
  math::Csr train, test;
  std::vector<int32_t> users;                      // with held-out items
  double mean_count = 0;                           // confidence a user
  std::vector<int32_t> rows;                       // of the interactions that these are; empty: all
  std::optional<recommend::OrderedHistory> order;  // of `train`, where it is known
};

inline constexpr double kHeldOut = 0.1;
// Of a user's interactions, how many a whole test would hold: what the held-out few stand for.
inline constexpr double kTestShare = 0.25;

// A random share of the interactions of up to `max_users` users is the test. kInvalidInput if no
// user has two interactions.
Result<Validation> hold_out(const math::Csr& interactions, double share, int32_t max_users,
                            uint64_t seed);
// The same, where the newest share of every user's interactions is the test: those whose first
// event in `order` (rows as in `interactions`) is among the last.
Result<Validation> hold_out_newest(const math::Csr& interactions,
                                   const recommend::OrderedHistory& order, double share,
                                   int32_t max_users, uint64_t seed);
// Mean NDCG@10 of the lists of validation.users, as a test of a quarter of every user's
// interactions would show it.
double judge_lists(const math::TopK& lists, const Validation& validation);
// The same of each user.
std::vector<double> judge_each(const math::TopK& lists, const Validation& validation);
// `count` of the users at most, evenly over all of them.
void thin_out(std::vector<int32_t>& users, size_t count);
// Features of the part's users, and of all items.
std::shared_ptr<const recommend::FeatureMatrices> features_of(
    const std::shared_ptr<const recommend::FeatureMatrices>& all, const Validation& part);

}  // namespace coterie::tuning
