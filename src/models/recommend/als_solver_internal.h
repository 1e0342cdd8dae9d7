#pragma once
// One half of a sweep: new factors for every row of a sparse matrix, the other side fixed.

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
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

// Overwrites `out` (rows × factors). Error kInvalidInput when a system has no solution in float32
// (confidences beyond its range); kCancelled.
Status solve_exact(const HalfSweep& half, std::span<float> out, ThreadPool& pool);
// Improves `out` in place by one pass over its blocks of factors. Same errors.
Status solve_blocks(const HalfSweep& half, std::span<float> out, ThreadPool& pool);

}  // namespace coterie::recommend
