#pragma once
// One half of a sweep: new factors for every row of a sparse matrix, the other side fixed.

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "math/aligned.h"
#include "math/sparse.h"
#include "models/recommend/als.h"

namespace coterie::recommend {

struct HalfSweep {
  const math::Csr& rows;         // whose factors are solved
  std::span<const float> fixed;  // rows.cols × factors
  const AlsOptions& options;
};

// λ of a row with this sum of confidences; `columns` = size of the fixed side.
double row_penalty(const AlsOptions& options, double confidence_sum, int64_t columns);

// The fixed side in the basis that diagonalises its Gram matrix. Rows are padded with zeros.
struct Rotated {
  int d = 0;
  int width = 0;                       // d, rounded up
  math::AlignedVector<float> factors;  // columns × width
  std::vector<float> eigenvalues;      // width, of the Gram matrix, not negative, ascending up to d
  std::vector<float> basis;            // width × d: row j is basis vector j
  std::vector<float> back;             // d × width: row i holds coordinate i of every basis vector
};
// 2·columns·d² FLOP for the Gram matrix and the rotation, and the eigenvectors' 9·d³.
Rotated rotate(const HalfSweep& half, int multiple, ThreadPool& pool);
// count × d to count × width, and back.
math::AlignedVector<float> rotate_rows(const Rotated& rotated, std::span<const float> rows,
                                       int64_t count, ThreadPool& pool);
void rotate_back(const Rotated& rotated, std::span<const float> rows, int64_t count,
                 std::span<float> out, ThreadPool& pool);

// Overwrites `out` (rows × factors). Error kInvalidInput when a system has no solution in float32
// (confidences beyond its range); kCancelled.
Status solve_exact(const HalfSweep& half, std::span<float> out, ThreadPool& pool);
// Improves `out` in place by one pass over its blocks of factors. Same errors.
Status solve_blocks(const HalfSweep& half, std::span<float> out, ThreadPool& pool);
// Improves `out` by options.cg_steps of conjugate gradients a row. Same errors.
Status solve_conjugate(const HalfSweep& half, std::span<float> out, ThreadPool& pool);

}  // namespace coterie::recommend
