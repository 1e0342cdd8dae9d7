#include "math/cholesky.h"

#include <algorithm>

#include "math/kernels.h"

namespace coterie::math {

void SpdSolver::reset(int d) {
  d_ = d;
  stride_ = padded(d);
  a_.assign(static_cast<size_t>(stride_) * stride_, 0.0F);
  x_.assign(2 * static_cast<size_t>(stride_), 0.0F);
}

void SpdSolver::add_gram(const float* rows, int n) {
  kernels().add_gram(rows, stride_, n, stride_, 1.0F, a_.data(), stride_);
}

bool SpdSolver::factor() {
  for (int i = d_; i < stride_; ++i) {
    for (int r = 0; r < i; ++r) a_[r * stride_ + i] = 0.0F;
    a_[i * stride_ + i] = 1.0F;
  }
  return kernels().cholesky(a_.data(), stride_, stride_);
}

void SpdSolver::solve(float* x) {
  std::copy_n(x, d_, x_.data());
  std::fill(x_.begin() + d_, x_.begin() + stride_, 0.0F);
  kernels().cholesky_solve(a_.data(), stride_, stride_, x_.data(), x_.data() + stride_);
  std::copy_n(x_.data(), d_, x);
}

}  // namespace coterie::math
