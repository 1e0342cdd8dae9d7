#include "trees/quadrature.h"

#include <cmath>
#include <numbers>

namespace coterie::trees {

Quadrature gauss_legendre(int n) {
  Quadrature rule;
  for (int i = n; i >= 1; --i) {
    double x = std::cos(std::numbers::pi * (i - 0.25) / (n + 0.5));
    double slope = 1;
    for (int round = 0; round < 100; ++round) {
      double value = 1;
      double before = 0;
      for (int degree = 1; degree <= n; ++degree) {
        const double next = ((2 * degree - 1) * x * value - (degree - 1) * before) / degree;
        before = value;
        value = next;
      }
      slope = n * (x * value - before) / (x * x - 1);
      const double step = value / slope;
      x -= step;
      if (std::abs(step) < 1e-15) break;
    }
    rule.points.push_back((1 + x) / 2);
    rule.weights.push_back(1 / ((1 - x * x) * slope * slope));
  }
  return rule;
}

}  // namespace coterie::trees
