#include <algorithm>

#include "math/eigen.h"
#include "math/gemm.h"
#include "models/recommend/als_solver_internal.h"

namespace coterie::recommend {

Rotated rotate(const HalfSweep& half, int multiple, ThreadPool& pool) {
  const int d = half.options.factors;
  const int64_t n = half.rows.cols;
  const std::vector<float> gram = math::gram_matrix(half.fixed, n, d, pool);
  const auto eigen = math::symmetric_eigen(std::vector<double>(gram.begin(), gram.end()), d);
  Rotated rotated;
  rotated.d = d;
  rotated.width = (d + multiple - 1) / multiple * multiple;
  rotated.eigenvalues.assign(static_cast<size_t>(rotated.width), 0.0F);
  rotated.basis.assign(static_cast<size_t>(rotated.width) * d, 0.0F);
  rotated.back.assign(static_cast<size_t>(rotated.width) * d, 0.0F);
  for (int j = 0; j < d; ++j) {
    rotated.eigenvalues[j] = static_cast<float>(std::max(eigen.values[j], 0.0));
    for (int i = 0; i < d; ++i) {
      const auto value = static_cast<float>(eigen.vectors[j * d + i]);
      rotated.basis[j * d + i] = value;
      rotated.back[i * rotated.width + j] = value;
    }
  }
  rotated.factors = rotate_rows(rotated, half.fixed, n, pool);
  return rotated;
}

math::AlignedVector<float> rotate_rows(const Rotated& rotated, std::span<const float> rows,
                                       int64_t count, ThreadPool& pool) {
  math::AlignedVector<float> out(static_cast<size_t>(count) * rotated.width);
  math::multiply_transposed(rows, count, rotated.basis, rotated.width, rotated.d, out, pool);
  return out;
}

void rotate_back(const Rotated& rotated, std::span<const float> rows, int64_t count,
                 std::span<float> out, ThreadPool& pool) {
  math::multiply_transposed(rows, count, rotated.back, rotated.d, rotated.width, out, pool);
}

}  // namespace coterie::recommend
