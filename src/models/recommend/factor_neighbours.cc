#include <algorithm>
#include <cmath>
#include <vector>

#include "math/kernels.h"
#include "models/recommend/factor_neighbours_internal.h"
#include "models/recommend/history_internal.h"

namespace coterie::recommend {

Result<TopK> factor_neighbours(std::span<const float> factors, int32_t n, int d,
                               std::span<const int32_t> items, int k, ThreadPool& pool) {
  RETURN_IF_ERROR(check_items(items, n, k));
  std::vector<float> unit(factors.begin(), factors.end());
  std::vector<uint8_t> has_factors(static_cast<size_t>(n), 0);
  for (int64_t i = 0; i < n; ++i) {
    float* row = unit.data() + i * d;
    const float norm = std::sqrt(math::kernels().dot(row, row, d));
    if (!(norm > 0)) continue;
    has_factors[i] = 1;
    math::kernels().scale(1.0F / norm, row, d);
  }
  std::vector<float> queries(items.size() * static_cast<size_t>(d));
  for (size_t i = 0; i < items.size(); ++i) {
    std::copy_n(unit.data() + static_cast<int64_t>(items[i]) * d, d,
                queries.data() + i * static_cast<size_t>(d));
  }
  const math::ScoredColumns columns(unit, n, d, has_factors);
  const auto itself = [&](int64_t i) { return std::span(&items[static_cast<size_t>(i)], 1); };
  ASSIGN_OR_RETURN(TopK top,
                   columns.top_k(queries, static_cast<int64_t>(items.size()), k, itself, pool));
  for (size_t i = 0; i < items.size(); ++i) {
    if (has_factors[items[i]] != 0) continue;
    std::fill_n(top.items.begin() + static_cast<int64_t>(i) * k, k, -1);
    top.counts[i] = 0;
  }
  return top;
}

}  // namespace coterie::recommend
