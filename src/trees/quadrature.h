#pragma once
// Gauss-Legendre quadrature on [0, 1]: n points integrate polynomials of degree 2 n - 1 exactly.

#include <vector>

namespace coterie::trees {

struct Quadrature {
  std::vector<double> points;   // ascending, in (0, 1)
  std::vector<double> weights;  // positive, summing to 1
};

// n >= 1. Newton's method on the Legendre polynomial, in double.
Quadrature gauss_legendre(int n);

}  // namespace coterie::trees
