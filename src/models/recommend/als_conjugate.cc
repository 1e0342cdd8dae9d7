// Conjugate gradients on every row's system, in the basis that makes its dense part diagonal.

#include <algorithm>
#include <atomic>

#include "base/cancel.h"
#include "math/gemm.h"
#include "math/kernels.h"
#include "models/recommend/als_solver_internal.h"

namespace coterie::recommend {
namespace {

constexpr int64_t kRowGrain = 64;
constexpr int64_t kScratchRows = 6;  // of RowSystem

math::RowSystem system_of(const HalfSweep& half, const Rotated& rotated, int32_t row, float* x,
                          float* scratch) {
  const auto ids = half.rows.row_indices(row);
  const auto weights = half.rows.row_values(row);
  double sum = 0;
  for (const float c : weights) sum += c;
  return {.rows = {.base = rotated.factors.data(),
                   .stride = rotated.width,
                   .ids = ids.data(),
                   .weights = weights.data(),
                   .count = static_cast<int>(ids.size()),
                   .d = rotated.width},
          .spectrum = rotated.eigenvalues.data(),
          .scale = static_cast<float>(half.options.unobserved_weight),
          .shift = static_cast<float>(row_penalty(half.options, sum, half.rows.cols)),
          .x = x,
          .steps = half.options.cg_steps,
          .scratch = scratch};
}

}  // namespace

Status solve_conjugate(const HalfSweep& half, std::span<float> out, ThreadPool& pool) {
  const Rotated rotated = rotate(half, math::kRowLanes, pool);
  math::AlignedVector<float> solved = rotate_rows(rotated, out, half.rows.rows, pool);
  const int width = rotated.width;
  const math::Kernels& kernel = math::kernels();
  math::AlignedVector<float> scratch(static_cast<size_t>(pool.threads()) * kScratchRows * width);
  std::atomic<bool> failed = false;
  pool.parallel_for_worker(half.rows.rows, kRowGrain, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    float* own = scratch.data() + int64_t{worker} * kScratchRows * width;
    for (int64_t row = begin; row < end; ++row) {
      float* x = solved.data() + row * width;
      if (half.rows.row_indices(static_cast<int32_t>(row)).empty()) {
        std::fill_n(x, width, 0.0F);
      } else if (!kernel.conjugate_gradients(
                     system_of(half, rotated, static_cast<int32_t>(row), x, own))) {
        failed = true;
      }
    }
  });
  RETURN_IF_ERROR(check_cancelled());
  if (failed) return invalid_input("confidences are too large or too small for single precision");
  rotate_back(rotated, solved, half.rows.rows, out, pool);
  return {};
}

}  // namespace coterie::recommend
