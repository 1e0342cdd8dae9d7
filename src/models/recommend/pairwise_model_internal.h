#pragma once
// A fitted model of factors and item biases, ready to answer.

#include <cstdint>
#include <span>
#include <vector>

#include "math/topk.h"
#include "models/recommend/pairwise_internal.h"
#include "models/recommend/value_scale_internal.h"

namespace coterie::recommend {

struct PairwiseModel {
  // `trained` loses its squares of slopes; biases and popularity: one an item.
  PairwiseModel(const ValueScale& values, std::vector<float> popular, PairwiseFactors trained,
                std::vector<float> item_biases);

  ValueScale scale;
  std::vector<float> popularity;
  std::vector<float> biases;
  PairwiseFactors factors;
  std::vector<int32_t> met;     // items that somebody met, ascending
  math::ScoredColumns columns;  // all items, d + 1: the bias last

  int32_t items() const { return static_cast<int32_t>(popularity.size()); }
  int32_t users() const { return static_cast<int32_t>(factors.users.size() / factors.d); }
  math::ScoredColumns some_columns(std::span<const uint8_t> allowed) const;
};

}  // namespace coterie::recommend
