#pragma once
// Eigenvalues and eigenvectors of a small dense symmetric matrix.

#include <span>
#include <vector>

namespace coterie::math {

// A = V diag(values) Vᵀ. Row i of `vectors` (d × d, row-major) is the unit eigenvector of
// values[i]; values ascend.
struct SymmetricEigen {
  std::vector<double> values;
  std::vector<double> vectors;
};

// `a`: d × d, row-major, symmetric, finite. Householder tridiagonalisation, then implicit QL with
// Wilkinson shifts (Golub and Van Loan, Matrix Computations, 8.3). About 9 d³ FLOP; errors are of
// the order of the machine precision times the norm of A. Sequential and deterministic. Seconds at
// d = 1000: after cancellation it stops early, and what it returns decomposes nothing
// (base/cancel.h).
SymmetricEigen symmetric_eigen(std::span<const double> a, int d);

}  // namespace coterie::math
