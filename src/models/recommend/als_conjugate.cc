// Conjugate gradients on every row's system, in the basis that makes its dense part diagonal.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>

#include "base/cancel.h"
#include "math/gemm.h"
#include "math/kernels.h"
#include "models/recommend/als_solver_internal.h"

namespace coterie::recommend {
namespace {

constexpr int64_t kRowGrain = 64;
// Of the squared residual: what rounding leaves of it. Further steps would divide noise by noise.
constexpr float kSolved = 1e-13F;

// Improves one row after the other. One a worker.
class ConjugateSolver {
 public:
  ConjugateSolver(const HalfSweep& half, const Rotated& rotated)
      : half_(half), rotated_(rotated), kernel_(math::kernels()), width_(rotated.width) {
    for (auto* vector : {&diagonal_, &residual_, &scaled_, &direction_, &image_, &inverse_}) {
      vector->assign(static_cast<size_t>(width_), 0.0F);
    }
  }

  // x: the row's factors in the rotated basis, `width` of them. False when the numbers overflow.
  bool improve(int32_t row, float* x) {
    const auto ids = half_.rows.row_indices(row);
    const auto weights = half_.rows.row_values(row);
    if (ids.empty()) {
      std::fill_n(x, width_, 0.0F);
      return true;
    }
    begin(x, ids, weights);
    float size = precondition();
    const float enough = size * kSolved;
    direction_ = scaled_;
    for (int step = 0; step < half_.options.cg_steps && size > enough; ++step) {
      for (int j = 0; j < width_; ++j) image_[j] = -diagonal_[j] * direction_[j];
      add_rows(ids, weights, 0.0F, direction_.data(), image_.data(), nullptr);
      const float curvature = -kernel_.dot(direction_.data(), image_.data(), width_);
      if (!(curvature > 0)) return false;
      const float length = size / curvature;
      kernel_.axpy(length, direction_.data(), x, width_);
      kernel_.axpy(length, image_.data(), residual_.data(), width_);
      const float next = precondition();
      const float keep = next / size;
      for (int j = 0; j < width_; ++j) direction_[j] = scaled_[j] + keep * direction_[j];
      size = next;
    }
    return std::isfinite(size);
  }

 private:
  // diagonal, residual = s - A x and the preconditioner 1 / diag(A).
  void begin(const float* x, std::span<const int32_t> ids, std::span<const float> weights) {
    double sum = 0;
    for (const float c : weights) sum += c;
    const auto penalty = static_cast<float>(row_penalty(half_.options, sum, half_.rows.cols));
    const auto w0 = static_cast<float>(half_.options.unobserved_weight);
    for (int j = 0; j < width_; ++j) {
      diagonal_[j] = w0 * rotated_.eigenvalues[j] + penalty;
      inverse_[j] = diagonal_[j];
      residual_[j] = -diagonal_[j] * x[j];
    }
    add_rows(ids, weights, 1.0F, x, residual_.data(), inverse_.data());
    for (float& value : inverse_) value = 1.0F / value;
  }

  void add_rows(std::span<const int32_t> ids, std::span<const float> weights, float target,
                const float* x, float* out, float* squares) const {
    kernel_.add_rows_product({.base = rotated_.factors.data(),
                              .stride = width_,
                              .ids = ids.data(),
                              .weights = weights.data(),
                              .count = static_cast<int>(ids.size()),
                              .d = width_,
                              .target = target,
                              .x = x,
                              .out = out,
                              .squares = squares});
  }

  // scaled = residual / diag(A); returns their product.
  float precondition() {
    for (int j = 0; j < width_; ++j) scaled_[j] = inverse_[j] * residual_[j];
    return kernel_.dot(scaled_.data(), residual_.data(), width_);
  }

  const HalfSweep& half_;
  const Rotated& rotated_;
  const math::Kernels& kernel_;
  int width_;
  math::AlignedVector<float> diagonal_, residual_, scaled_, direction_, image_, inverse_;
};

}  // namespace

Status solve_conjugate(const HalfSweep& half, std::span<float> out, ThreadPool& pool) {
  const Rotated rotated = rotate(half, math::kRowLanes, pool);
  math::AlignedVector<float> solved = rotate_rows(rotated, out, half.rows.rows, pool);
  std::vector<std::unique_ptr<ConjugateSolver>> solvers(static_cast<size_t>(pool.threads()));
  std::atomic<bool> failed = false;
  pool.parallel_for_worker(half.rows.rows, kRowGrain, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    if (!solvers[worker]) solvers[worker] = std::make_unique<ConjugateSolver>(half, rotated);
    for (int64_t row = begin; row < end; ++row) {
      float* x = solved.data() + row * rotated.width;
      if (!solvers[worker]->improve(static_cast<int32_t>(row), x)) failed = true;
    }
  });
  RETURN_IF_ERROR(check_cancelled());
  if (failed) return invalid_input("confidences are too large or too small for single precision");
  rotate_back(rotated, solved, half.rows.rows, out, pool);
  return {};
}

}  // namespace coterie::recommend
