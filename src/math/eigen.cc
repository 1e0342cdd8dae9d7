#include "math/eigen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/cancel.h"
#include "base/check.h"

namespace coterie::math {
namespace {

struct Tridiagonal {
  std::vector<double> diagonal;
  std::vector<double> off;  // off[i] couples i and i + 1
};

// Reflects column k below the diagonal onto one axis. Returns the unit reflector (zero in rows
// <= k) or an empty vector when nothing is to do.
std::vector<double> reflector(const std::vector<double>& a, int d, int k) {
  std::vector<double> v(static_cast<size_t>(d), 0.0);
  double norm2 = 0;
  for (int i = k + 1; i < d; ++i) {
    v[i] = a[k * d + i];
    norm2 += v[i] * v[i];
  }
  const double tail2 = norm2 - v[k + 1] * v[k + 1];
  if (tail2 <= 0) return {};
  const double alpha = v[k + 1] >= 0 ? -std::sqrt(norm2) : std::sqrt(norm2);
  v[k + 1] -= alpha;
  const double scale = 1 / std::sqrt(tail2 + v[k + 1] * v[k + 1]);
  for (int i = k + 1; i < d; ++i) v[i] *= scale;
  return v;
}

// A <- (I - 2vvᵀ) A (I - 2vvᵀ) over the trailing part.
void reflect_both_sides(std::vector<double>& a, int d, int k, const std::vector<double>& v) {
  std::vector<double> w(static_cast<size_t>(d), 0.0);
  double vw = 0;
  for (int i = k; i < d; ++i) {
    double sum = 0;
    for (int j = k + 1; j < d; ++j) sum += a[i * d + j] * v[j];
    w[i] = sum;
    vw += v[i] * sum;
  }
  for (int i = k; i < d; ++i) w[i] = 2 * (w[i] - vw * v[i]);
  for (int i = k; i < d; ++i) {
    for (int j = k; j < d; ++j) a[i * d + j] -= v[i] * w[j] + w[i] * v[j];
  }
}

// Reduces A to tridiagonal form T = QᵀAQ; rows of `basis` become the columns of Q.
Tridiagonal tridiagonalise(std::vector<double> a, int d, std::vector<double>& basis) {
  for (int k = 0; k + 2 < d && !cancel_requested(); ++k) {
    const std::vector<double> v = reflector(a, d, k);
    if (v.empty()) continue;
    reflect_both_sides(a, d, k, v);
    // basis <- (I - 2vvᵀ) basis: row i of basis is column i of the product of reflectors.
    std::vector<double> projection(static_cast<size_t>(d), 0.0);
    for (int i = k + 1; i < d; ++i) {
      for (int j = 0; j < d; ++j) projection[j] += v[i] * basis[i * d + j];
    }
    for (int i = k + 1; i < d; ++i) {
      for (int j = 0; j < d; ++j) basis[i * d + j] -= 2 * v[i] * projection[j];
    }
  }
  Tridiagonal t;
  for (int i = 0; i < d; ++i) t.diagonal.push_back(a[i * d + i]);
  for (int i = 0; i + 1 < d; ++i) t.off.push_back(a[i * d + i + 1]);
  t.off.push_back(0);
  return t;
}

// One implicit QL step on the unreduced block [low, high], rotating the basis rows along.
void ql_step(Tridiagonal& t, int low, int high, std::vector<double>& basis, int d) {
  auto& diag = t.diagonal;
  auto& off = t.off;
  double g = (diag[low + 1] - diag[low]) / (2 * off[low]);
  double r = std::hypot(g, 1.0);
  g = diag[high] - diag[low] + off[low] / (g + (g >= 0 ? r : -r));
  double s = 1;
  double c = 1;
  double p = 0;
  for (int i = high - 1; i >= low; --i) {
    const double f = s * off[i];
    const double b = c * off[i];
    r = std::hypot(f, g);
    off[i + 1] = r;
    if (r == 0) {
      diag[i + 1] -= p;
      off[high] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = diag[i + 1] - p;
    r = (diag[i] - g) * s + 2 * c * b;
    p = s * r;
    diag[i + 1] = g + p;
    g = c * r - b;
    double* upper = basis.data() + static_cast<int64_t>(i + 1) * d;
    double* lower = basis.data() + static_cast<int64_t>(i) * d;
    for (int j = 0; j < d; ++j) {
      const double x = upper[j];
      upper[j] = s * lower[j] + c * x;
      lower[j] = c * lower[j] - s * x;
    }
  }
  diag[low] -= p;
  off[low] = g;
  off[high] = 0;
}

void diagonalise(Tridiagonal& t, std::vector<double>& basis, int d) {
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  constexpr int kMaxSteps = 64;  // 2 or 3 are usual
  for (int low = 0; low < d && !cancel_requested(); ++low) {
    for (int step = 0; step < kMaxSteps; ++step) {
      int high = low;
      while (high + 1 < d && std::abs(t.off[high]) > kEpsilon * (std::abs(t.diagonal[high]) +
                                                                 std::abs(t.diagonal[high + 1]))) {
        ++high;
      }
      if (high == low) break;
      ql_step(t, low, high, basis, d);
    }
  }
}

}  // namespace

SymmetricEigen symmetric_eigen(std::span<const double> a, int d) {
  CHECK(static_cast<int64_t>(a.size()) == int64_t{d} * d);
  std::vector<double> basis(static_cast<size_t>(d) * d, 0.0);
  for (int i = 0; i < d; ++i) basis[i * d + i] = 1;
  Tridiagonal t = tridiagonalise(std::vector<double>(a.begin(), a.end()), d, basis);
  diagonalise(t, basis, d);
  std::vector<int> order(static_cast<size_t>(d));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int x, int y) { return t.diagonal[x] < t.diagonal[y]; });
  SymmetricEigen result;
  result.values.reserve(order.size());
  result.vectors.reserve(basis.size());
  for (const int i : order) {
    result.values.push_back(t.diagonal[i]);
    result.vectors.insert(result.vectors.end(), basis.begin() + int64_t{i} * d,
                          basis.begin() + int64_t{i + 1} * d);
  }
  return result;
}

}  // namespace coterie::math
