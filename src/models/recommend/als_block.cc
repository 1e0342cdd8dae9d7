#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>

#include "base/cancel.h"
#include "math/aligned.h"
#include "math/cholesky.h"
#include "math/gemm.h"
#include "math/kernels.h"
#include "models/recommend/als_solver_internal.h"

namespace coterie::recommend {
namespace {

constexpr int64_t kRowGrain = 32;
constexpr int kGatherRows = 128;

// Newton steps on blocks of one row's factors (iALS++, algorithm 1 with the row's blocks in turn).
class BlockSolver {
 public:
  BlockSolver(const HalfSweep& half, const std::vector<float>& gram)
      : half_(half), gram_(gram), kernel_(math::kernels()), d_(half.options.factors) {}

  bool improve(int32_t row, float* x) {
    const auto ids = half_.rows.row_indices(row);
    const auto confidences = half_.rows.row_values(row);
    if (ids.empty()) {
      std::fill_n(x, d_, 0.0F);
      return true;
    }
    double sum = 0;
    for (const float c : confidences) sum += c;
    penalty_ = static_cast<float>(row_penalty(half_.options, sum, half_.rows.cols));
    errors_.resize(ids.size());
    for (size_t r = 0; r < ids.size(); ++r) {
      errors_[r] = 1.0F - kernel_.dot(factors_of(ids[r]), x, d_);
    }
    const int block = std::min(half_.options.block, d_);
    for (int first = 0; first < d_; first += block) {
      if (!step(ids, confidences, first, std::min(block, d_ - first), x)) return false;
    }
    return true;
  }

 private:
  bool step(std::span<const int32_t> ids, std::span<const float> confidences, int first, int width,
            float* x) {
    const auto w0 = static_cast<float>(half_.options.unobserved_weight);
    solver_.reset(width);
    const int stride = solver_.stride();
    delta_.assign(static_cast<size_t>(width), 0.0F);
    for (int i = 0; i < width; ++i) {
      const float* gram_row = gram_.data() + static_cast<int64_t>(first + i) * d_;
      delta_[i] = -w0 * kernel_.dot(gram_row, x, d_) - penalty_ * x[first + i];
      for (int j = i; j < width; ++j) solver_.data()[i * stride + j] = w0 * gram_row[first + j];
      solver_.data()[i * stride + i] += penalty_;
    }
    gathered_.assign(static_cast<size_t>(kGatherRows) * stride, 0.0F);
    for (size_t from = 0; from < ids.size(); from += kGatherRows) {
      const int count = static_cast<int>(std::min<size_t>(kGatherRows, ids.size() - from));
      for (int r = 0; r < count; ++r) {
        const float root = std::sqrt(confidences[from + r]);
        const float* factors = factors_of(ids[from + r]) + first;
        float* to = gathered_.data() + static_cast<int64_t>(r) * stride;
        for (int j = 0; j < width; ++j) to[j] = root * factors[j];
        kernel_.axpy(root * errors_[from + r], to, delta_.data(), width);
      }
      solver_.add_gram(gathered_.data(), count);
    }
    if (!solver_.factor()) return false;
    solver_.solve(delta_.data());
    for (int j = 0; j < width; ++j) x[first + j] += delta_[j];
    for (size_t r = 0; r < ids.size(); ++r) {
      errors_[r] -= kernel_.dot(factors_of(ids[r]) + first, delta_.data(), width);
    }
    return true;
  }

  const float* factors_of(int32_t column) const {
    return half_.fixed.data() + static_cast<int64_t>(column) * d_;
  }

  const HalfSweep& half_;
  const std::vector<float>& gram_;
  const math::Kernels& kernel_;
  int d_;
  float penalty_ = 0;
  math::SpdSolver solver_;
  std::vector<float> errors_;  // 1 - score, per entry of the row
  std::vector<float> delta_;
  math::AlignedVector<float> gathered_;
};

}  // namespace

Status solve_blocks(const HalfSweep& half, std::span<float> out, ThreadPool& pool) {
  const int d = half.options.factors;
  const std::vector<float> gram = math::gram_matrix(half.fixed, half.rows.cols, d, pool);
  std::vector<std::unique_ptr<BlockSolver>> solvers(static_cast<size_t>(pool.threads()));
  std::atomic<bool> failed = false;
  pool.parallel_for_worker(half.rows.rows, kRowGrain, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    if (!solvers[worker]) solvers[worker] = std::make_unique<BlockSolver>(half, gram);
    for (int64_t row = begin; row < end; ++row) {
      if (!solvers[worker]->improve(static_cast<int32_t>(row), out.data() + row * d)) failed = true;
    }
  });
  RETURN_IF_ERROR(check_cancelled());
  if (failed) return invalid_input("confidences are too large or too small for single precision");
  return {};
}

}  // namespace coterie::recommend
