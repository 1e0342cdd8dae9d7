#pragma once
// Neighbours of items by the cosine of their factors.

#include <cstdint>
#include <span>

#include "base/result.h"
#include "models/recommend/recommender.h"

namespace coterie::recommend {

// `factors`: n × d. In [-1, 1]; items whose factors are zero have no neighbours and are nobody's.
// kInvalidInput for items that the model does not have and for k < 0.
Result<TopK> factor_neighbours(std::span<const float> factors, int32_t n, int d,
                               std::span<const int32_t> items, int k, ThreadPool& pool);

}  // namespace coterie::recommend
