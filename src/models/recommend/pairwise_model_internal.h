#pragma once
// A fitted model of factors and item biases, ready to answer.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "math/topk.h"
#include "models/recommend/feature_matrices.h"
#include "models/recommend/pairwise.h"
#include "models/recommend/pairwise_internal.h"
#include "models/recommend/value_scale_internal.h"

namespace coterie::recommend {

// What is learnt. Rows and biases are what belongs to each user and item alone.
struct PairwiseTrained {
  ValueScale scale;
  std::vector<float> popularity;            // items
  math::AlignedVector<float> users, items;  // × d
  std::vector<float> biases;                // items
  SharedRows shared_users, shared_items;
};

// Of interactions and options that are checked. Errors: kCancelled; kInvalidInput if the factors
// leave the range of single precision.
Result<PairwiseTrained> train_pairwise(const PairwiseRule& rule, const math::Csr& interactions,
                                       const PairwiseOptions& options, ThreadPool& pool);
PairwiseRates rates_of(const PairwiseOptions& options);

class PairwiseModel {
 public:
  PairwiseModel(PairwiseTrained trained, int d, std::shared_ptr<const FeatureMatrices> features);

  // Of everybody, features included.
  PairwiseFactors factors;
  std::vector<float> biases;
  std::vector<float> popularity;
  std::vector<int32_t> met;                         // items that somebody met, ascending
  math::ScoredColumns columns;                      // all items, d + 1: the bias last
  std::shared_ptr<const FeatureMatrices> features;  // null: none

  const ValueScale& scale() const { return trained_.scale; }
  int32_t items() const { return static_cast<int32_t>(popularity.size()); }
  int32_t trained_items() const { return static_cast<int32_t>(trained_.popularity.size()); }
  int32_t trained_users() const { return trained_users_; }
  // Users who have a row: the trained ones, then newcomers with features.
  int32_t users() const { return static_cast<int32_t>(factors.users.size() / factors.d); }
  std::span<const float> user(int32_t id) const {
    return {factors.users.data() + int64_t{id} * factors.d, static_cast<size_t>(factors.d)};
  }
  math::ScoredColumns some_columns(std::span<const uint8_t> allowed) const;

  // As they were given to the constructor.
  std::span<const float> own_users() const;
  std::span<const float> own_items() const;
  const PairwiseTrained& trained() const { return trained_; }
  PairwiseTrained take_trained();

 private:
  void add_features();
  void close_biases();

  PairwiseTrained trained_;  // rows of a side without features are in `factors` alone
  int32_t trained_users_ = 0;
};

}  // namespace coterie::recommend
