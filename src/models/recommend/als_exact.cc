#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/cancel.h"
#include "math/cholesky.h"
#include "math/kernels.h"
#include "models/recommend/als_solver_internal.h"

namespace coterie::recommend {
namespace {

constexpr int64_t kRowGrain = 32;
constexpr int kGatherRows = 128;  // entries gathered at once: bounds the scratch of long rows

// Scratch of one worker.
class RowSolver {
 public:
  RowSolver(const HalfSweep& half, const Rotated& rotated)
      : half_(half), rotated_(rotated), kernel_(math::kernels()), d_(half.options.factors) {
    diagonal_.resize(static_cast<size_t>(d_));
  }

  // False if the system is not positive definite.
  bool solve(int32_t row, float* out) {
    const auto ids = half_.rows.row_indices(row);
    const auto confidences = half_.rows.row_values(row);
    std::fill_n(out, d_, 0.0F);
    if (ids.empty()) return true;
    double sum = 0;
    for (const float c : confidences) sum += c;
    const auto penalty = static_cast<float>(row_penalty(half_.options, sum, half_.rows.cols));
    const auto w0 = static_cast<float>(half_.options.unobserved_weight);
    for (int j = 0; j < d_; ++j) diagonal_[j] = w0 * rotated_.eigenvalues[j] + penalty;
    return math::padded(static_cast<int>(std::min<size_t>(ids.size(), 1 << 20))) < d_
               ? solve_short(ids, confidences, out)
               : solve_long(ids, confidences, out);
  }

 private:
  // (D + PᵀP) x = Pᵀs
  bool solve_long(std::span<const int32_t> ids, std::span<const float> confidences, float* out) {
    solver_.reset(d_);
    const int stride = solver_.stride();
    gathered_.assign(static_cast<size_t>(kGatherRows) * stride, 0.0F);
    for (int j = 0; j < d_; ++j) solver_.data()[j * stride + j] = diagonal_[j];
    for (size_t first = 0; first < ids.size(); first += kGatherRows) {
      const int count = static_cast<int>(std::min<size_t>(kGatherRows, ids.size() - first));
      for (int r = 0; r < count; ++r) {
        const float root = std::sqrt(confidences[first + r]);
        const float* from = factors_of(ids[first + r]);
        float* to = gathered_.data() + static_cast<int64_t>(r) * stride;
        for (int j = 0; j < d_; ++j) to[j] = root * from[j];
        kernel_.axpy(root, to, out, d_);
      }
      solver_.add_gram(gathered_.data(), count);
    }
    if (!solver_.factor()) return false;
    solver_.solve(out);
    return true;
  }

  // x = D⁻¹Pᵀ (I + PD⁻¹Pᵀ)⁻¹ s, with W = PD^{-1/2}: x = D^{-1/2} Wᵀ (I + WWᵀ)⁻¹ s
  bool solve_short(std::span<const int32_t> ids, std::span<const float> confidences, float* out) {
    const int n = static_cast<int>(ids.size());
    solver_.reset(n);
    const int stride = solver_.stride();
    for (float& value : diagonal_) value = 1.0F / std::sqrt(value);
    gathered_.resize(static_cast<size_t>(stride) * d_);
    turned_.resize(static_cast<size_t>(stride) * d_);
    solution_.resize(static_cast<size_t>(n));
    for (int r = 0; r < n; ++r) {
      solution_[r] = std::sqrt(confidences[r]);
      const float* from = factors_of(ids[r]);
      float* to = gathered_.data() + static_cast<int64_t>(r) * d_;
      for (int j = 0; j < d_; ++j) to[j] = solution_[r] * from[j] * diagonal_[j];
    }
    // Wᵀ, d × stride, panel by panel: its Gram matrix is WWᵀ.
    for (int first = 0; first < n; first += math::kPanelWidth) {
      const int count = std::min(math::kPanelWidth, n - first);
      panel_.resize(static_cast<size_t>(d_) * math::kPanelWidth);
      kernel_.pack_panel(gathered_.data() + static_cast<int64_t>(first) * d_, d_, count, d_,
                         panel_.data());
      for (int j = 0; j < d_; ++j) {
        std::copy_n(panel_.data() + static_cast<int64_t>(j) * math::kPanelWidth, math::kPanelWidth,
                    turned_.data() + static_cast<int64_t>(j) * stride + first);
      }
    }
    solver_.add_gram(turned_.data(), d_);
    for (int r = 0; r < n; ++r) solver_.data()[r * stride + r] += 1.0F;
    if (!solver_.factor()) return false;
    solver_.solve(solution_.data());
    for (int r = 0; r < n; ++r) {
      kernel_.axpy(solution_[r], gathered_.data() + static_cast<int64_t>(r) * d_, out, d_);
    }
    for (int j = 0; j < d_; ++j) out[j] *= diagonal_[j];
    return true;
  }

  const float* factors_of(int32_t column) const {
    return rotated_.factors.data() + static_cast<int64_t>(column) * d_;
  }

  const HalfSweep& half_;
  const Rotated& rotated_;
  const math::Kernels& kernel_;
  int d_;
  math::SpdSolver solver_;
  std::vector<float> diagonal_, solution_;
  math::AlignedVector<float> gathered_, turned_, panel_;
};

}  // namespace

double row_penalty(const AlsOptions& options, double confidence_sum, int64_t columns) {
  const double frequency =
      confidence_sum + options.unobserved_weight * static_cast<double>(columns);
  return options.regularisation * std::pow(frequency, options.frequency_exponent);
}

Status solve_exact(const HalfSweep& half, std::span<float> out, ThreadPool& pool) {
  const int d = half.options.factors;
  const Rotated rotated = rotate(half, 1, pool);
  std::vector<float> solved(out.size());
  std::vector<std::unique_ptr<RowSolver>> solvers(static_cast<size_t>(pool.threads()));
  std::atomic<bool> failed = false;
  pool.parallel_for_worker(half.rows.rows, kRowGrain, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    if (!solvers[worker]) solvers[worker] = std::make_unique<RowSolver>(half, rotated);
    for (int64_t row = begin; row < end; ++row) {
      if (!solvers[worker]->solve(static_cast<int32_t>(row), solved.data() + row * d)) {
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
