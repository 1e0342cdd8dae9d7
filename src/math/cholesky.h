#pragma once
// Symmetric positive definite systems, small and many: A x = b by A = UᵀU in float32.
// One SpdSolver a thread; it owns its scratch and allocates only when the dimension changes.

#include <cstdint>
#include <span>

#include "math/aligned.h"

namespace coterie::math {

class SpdSolver {
 public:
  // Dimension d; sets A = 0. O(d²).
  void reset(int d);
  // Leading dimension of row-major storage: a multiple of kPanelWidth; padding is the identity.
  int stride() const { return stride_; }
  int dimension() const { return d_; }
  // Only the upper triangle of A is read: element (i, j) with i <= j at data()[i * stride() + j].
  float* data() { return a_.data(); }

  // A += Σ rows pᵀp: n rows of length stride() (padding zero). n·d² FLOP.
  void add_gram(const float* rows, int n);
  // False if A is not positive definite to working precision. d³/3 FLOP. A is replaced by U.
  [[nodiscard]] bool factor();
  // x = A⁻¹ x after factor(); x has length d. 2·d² FLOP.
  void solve(float* x);

 private:
  int d_ = 0;
  int stride_ = 0;
  AlignedVector<float> a_;
  AlignedVector<float> x_;
};

}  // namespace coterie::math
