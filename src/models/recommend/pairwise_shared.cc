#include <algorithm>
#include <cmath>

#include "math/kernels.h"
#include "models/recommend/pairwise_internal.h"
#include "models/recommend/pairwise_shared_internal.h"

namespace coterie::recommend {
namespace {

constexpr int64_t kFeatureGrain = 8;
constexpr int64_t kRowGrain = 256;

math::Csr used_rows(const math::Csr& features, const std::vector<uint8_t>& used) {
  math::Csr kept;
  kept.rows = static_cast<int32_t>(used.size());
  kept.cols = features.cols;
  kept.offsets = {0};
  for (int32_t row = 0; row < kept.rows; ++row) {
    if (used[row] != 0) {
      const auto columns = features.row_indices(row);
      const auto values = features.row_values(row);
      kept.indices.insert(kept.indices.end(), columns.begin(), columns.end());
      kept.values.insert(kept.values.end(), values.begin(), values.end());
    }
    kept.offsets.push_back(static_cast<int64_t>(kept.indices.size()));
  }
  return kept;
}

}  // namespace

void sum_of_features(const math::Csr& features, const SharedRows& shared, int32_t row, float* out,
                     float& bias) {
  const auto axpy = math::kernels().axpy;
  const auto columns = features.row_indices(row);
  const auto values = features.row_values(row);
  std::fill_n(out, shared.d, 0.0F);
  bias = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    axpy(values[i], shared.rows.data() + int64_t{columns[i]} * shared.d, out, shared.d);
    bias += values[i] * shared.biases[columns[i]];
  }
}

SharedSide::SharedSide(const math::Csr& features, const std::vector<uint8_t>& used, int d,
                       ThreadPool& pool)
    : features_(used_rows(features, used)), holders_(math::transpose(features_, pool)) {
  const auto count = static_cast<size_t>(features.cols);
  shared_ = {.d = d,
             .rows = std::vector<float>(count * static_cast<size_t>(d), 0.0F),
             .biases = std::vector<float>(count, 0.0F),
             .squares = std::vector<float>(count, 1.0F),
             .bias_squares = std::vector<float>(count, 1.0F)};
  parts_.assign(used.size() * static_cast<size_t>(d), 0.0F);
  pulls_.assign(used.size() * static_cast<size_t>(d), 0.0F);
  bias_parts_.assign(used.size(), 0.0F);
  bias_pulls_.assign(used.size(), 0.0F);
  touched_.assign(used.size(), 0);
}

void SharedSide::apply(const PairwiseRates& rates, float* factors, ItemState* states,
                       ThreadPool& pool) {
  const auto d = static_cast<size_t>(shared_.d);
  pool.parallel_for(holders_.rows, kFeatureGrain, [&](int64_t begin, int64_t end) {
    std::vector<float> slope(d);
    for (int64_t feature = begin; feature < end; ++feature) {
      move_feature(static_cast<int32_t>(feature), rates, slope.data());
    }
  });
  pool.parallel_for(features_.rows, kRowGrain, [&](int64_t begin, int64_t end) {
    std::vector<float> part(d);
    for (int64_t row = begin; row < end; ++row) {
      move_row(static_cast<int32_t>(row), factors, states, part.data());
    }
  });
}

void SharedSide::move_feature(int32_t feature, const PairwiseRates& rates, float* slope) {
  const math::Kernels& kernels = math::kernels();
  const int d = shared_.d;
  const auto rows = holders_.row_indices(feature);
  const auto values = holders_.row_values(feature);
  std::fill_n(slope, d, 0.0F);
  float bias_slope = 0;
  int64_t touches = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (touched_[rows[i]] == 0) continue;
    kernels.axpy(values[i], pulls_.data() + int64_t{rows[i]} * d, slope, d);
    bias_slope += values[i] * bias_pulls_[rows[i]];
    touches += touched_[rows[i]];
  }
  if (touches == 0) return;
  float* const row = shared_.rows.data() + int64_t{feature} * d;
  float& bias = shared_.biases[feature];
  // As hard as one holder alone is pulled back.
  const float decay =
      rates.regularisation * static_cast<float>(touches) / static_cast<float>(rows.size());
  kernels.axpy(-decay, row, slope, d);
  bias_slope -= decay * bias;
  // Slopes of a whole batch: counted before the step, which they would carry too far.
  shared_.squares[feature] += kernels.dot(slope, slope, d) / static_cast<float>(d);
  shared_.bias_squares[feature] += bias_slope * bias_slope;
  kernels.axpy(rates.learning_rate / std::sqrt(shared_.squares[feature]), slope, row, d);
  bias += rates.learning_rate / std::sqrt(shared_.bias_squares[feature]) * bias_slope;
}

void SharedSide::move_row(int32_t row, float* factors, ItemState* states, float* part) {
  const int d = shared_.d;
  if (touched_[row] != 0) {
    std::fill_n(pulls_.data() + int64_t{row} * d, d, 0.0F);
    bias_pulls_[row] = 0;
    touched_[row] = 0;
  }
  if (features_.row_indices(row).empty()) return;
  const auto axpy = math::kernels().axpy;
  float bias = 0;
  sum_of_features(features_, shared_, row, part, bias);
  float* const old = parts_.data() + int64_t{row} * d;
  float* const own = factors + int64_t{row} * d;
  axpy(-1.0F, old, own, d);
  axpy(1.0F, part, own, d);
  std::copy_n(part, d, old);
  if (states != nullptr) states[row].bias += bias - bias_parts_[row];
  bias_parts_[row] = bias;
}

void SharedSide::take_out(float* factors, ItemState* states) const {
  const int d = shared_.d;
  for (int32_t row = 0; row < features_.rows; ++row) {
    if (features_.row_indices(row).empty()) continue;
    math::kernels().axpy(-1.0F, part(row), factors + int64_t{row} * d, d);
    if (states != nullptr) states[row].bias -= bias_parts_[row];
  }
}

}  // namespace coterie::recommend
