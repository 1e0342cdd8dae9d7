#pragma once
// The rows of factors that users (items) share, one a feature: models/recommend/pairwise.h says how
// they are learnt.

#include <cstdint>
#include <vector>

#include "base/threads.h"
#include "math/aligned.h"
#include "math/sparse.h"

namespace coterie::recommend {

struct ItemState;
struct PairwiseRates;

struct SharedRows {
  int d = 0;
  std::vector<float> rows;          // features × d
  std::vector<float> biases;        // features
  std::vector<float> squares;       // of the rows' slopes so far, from 1
  std::vector<float> bias_squares;  // the same of the biases'
};

// What the features of a row sum up to: rows × d, and rows.
void sum_of_features(const math::Csr& features, const SharedRows& shared, int32_t row, float* out,
                     float& bias);

// One side of a fit. Between two calls of apply() tiles read the parts that come from features, and
// add what pulls at them to rows that are theirs alone.
class SharedSide {
 public:
  // Rows of `features` that are `used` (one byte a row of factors) take part.
  SharedSide(const math::Csr& features, const std::vector<uint8_t>& used, int d, ThreadPool& pool);

  const float* part(int32_t row) const { return parts_.data() + int64_t{row} * shared_.d; }
  float bias_part(int32_t row) const { return bias_parts_[row]; }
  float* pull(int32_t row) {
    ++touched_[row];
    return pulls_.data() + int64_t{row} * shared_.d;
  }
  void pull_bias(int32_t row, float pull) { bias_pulls_[row] += pull; }

  // Moves the shared rows by what pulled since the last time, then `factors` (rows × d) and the
  // biases in `states` (null: none) by what their features moved. O(features' entries · d).
  void apply(const PairwiseRates& rates, float* factors, ItemState* states, ThreadPool& pool);
  // The parts out of the factors again, so that what is left belongs to each row alone.
  void take_out(float* factors, ItemState* states) const;

  SharedRows take() { return std::move(shared_); }

 private:
  void move_feature(int32_t feature, const PairwiseRates& rates, float* slope);
  void move_row(int32_t row, float* factors, ItemState* states, float* part);

  math::Csr features_;  // of the rows that take part
  math::Csr holders_;   // its transpose
  SharedRows shared_;
  math::AlignedVector<float> parts_, pulls_;  // rows × d
  std::vector<float> bias_parts_, bias_pulls_;
  std::vector<int32_t> touched_;  // since the last time
};

}  // namespace coterie::recommend
