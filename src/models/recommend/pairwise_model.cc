#include <algorithm>
#include <utility>

#include "models/recommend/pairwise_model_internal.h"

namespace coterie::recommend {
namespace {

math::ScoredColumns with_biases(std::span<const float> rows, std::span<const float> biases, int d,
                                std::span<const uint8_t> allowed) {
  const auto items = static_cast<int64_t>(biases.size());
  std::vector<float> columns(static_cast<size_t>(items) * (static_cast<size_t>(d) + 1));
  for (int64_t item = 0; item < items; ++item) {
    float* column = columns.data() + item * (d + 1);
    std::copy_n(rows.data() + item * d, d, column);
    column[d] = biases[item];
  }
  return {columns, items, d + 1, allowed};
}

}  // namespace

PairwiseModel::PairwiseModel(const ValueScale& values, std::vector<float> popular,
                             PairwiseFactors trained, std::vector<float> item_biases)
    : scale(values),
      popularity(std::move(popular)),
      biases(std::move(item_biases)),
      factors(std::move(trained)),
      columns(with_biases(factors.items, biases, factors.d, {})) {
  factors.user_squares = {};
  factors.item_states.assign(biases.size(), {});
  for (int32_t item = 0; item < items(); ++item) {
    factors.item_states[item].bias = biases[item];
    if (popularity[item] > 0) met.push_back(item);
  }
}

math::ScoredColumns PairwiseModel::some_columns(std::span<const uint8_t> allowed) const {
  return with_biases(factors.items, biases, factors.d, allowed);
}

}  // namespace coterie::recommend
