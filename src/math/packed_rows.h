#pragma once
// Rows of a matrix packed once for products with blocks of other rows.

#include <cstdint>
#include <span>

#include "math/aligned.h"

namespace coterie::math {

// Immutable after construction, thread-safe. Holds a copy: n × d floats, n rounded up to panels.
class PackedRows {
 public:
  PackedRows() = default;
  PackedRows(std::span<const float> rows, int64_t n, int d);

  int64_t size() const { return n_; }
  // out(r, i) = a_r · row_i: a is m × d, out m × n, both row-major. On the calling thread.
  void multiply(const float* a, int64_t m, float* out) const;

 private:
  int64_t n_ = 0;
  int d_ = 0;
  AlignedVector<float> panels_;
};

}  // namespace coterie::math
