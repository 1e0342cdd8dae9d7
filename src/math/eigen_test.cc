#include "math/eigen.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/cancel.h"
#include "math/test_matrices.h"

namespace coterie::math {
namespace {

// A = Σ_r p_r p_rᵀ with `rank` rows; ranks below d give repeated zero eigenvalues.
std::vector<double> random_symmetric(uint64_t seed, int d, int rank) {
  const auto p = test_matrix(seed, rank, d);
  std::vector<double> a(static_cast<size_t>(d) * d, 0.0);
  for (int r = 0; r < rank; ++r) {
    for (int i = 0; i < d; ++i) {
      for (int j = 0; j < d; ++j) a[i * d + j] += static_cast<double>(p[r * d + i]) * p[r * d + j];
    }
  }
  return a;
}

void expect_decomposes(const std::vector<double>& a, int d) {
  const SymmetricEigen e = symmetric_eigen(a, d);
  double norm = 1e-300;
  for (const double x : a) norm = std::max(norm, std::abs(x) * d);
  for (int i = 0; i < d; ++i) {
    if (i > 0) {
      EXPECT_LE(e.values[i - 1], e.values[i]);
    }
    for (int j = 0; j < d; ++j) {
      double rebuilt = 0;
      double product = 0;
      for (int k = 0; k < d; ++k) {
        rebuilt += e.vectors[k * d + i] * e.values[k] * e.vectors[k * d + j];
        product += e.vectors[i * d + k] * e.vectors[j * d + k];
      }
      ASSERT_NEAR(rebuilt, a[i * d + j], 1e-12 * norm) << "d = " << d;
      ASSERT_NEAR(product, i == j ? 1.0 : 0.0, 1e-12) << "d = " << d;
    }
  }
}

TEST(EigenTest, DecomposesRandomAndDegenerateMatrices) {
  for (const int d : {1, 2, 3, 5, 16, 33, 64}) {
    expect_decomposes(random_symmetric(1, d, 2 * d), d);
    expect_decomposes(random_symmetric(2, d, (d + 2) / 3), d);
  }
}

TEST(EigenTest, StopsAfterCancellation) {
  const std::vector<double> a{1, 5, 6, 5, 2, 7, 6, 7, 3};
  request_cancel();
  const auto stopped = symmetric_eigen(a, 3);
  reset_cancel();
  EXPECT_EQ(stopped.values, (std::vector<double>{1, 2, 3})) << "the diagonal, as it was";
  EXPECT_EQ(stopped.vectors, (std::vector<double>{1, 0, 0, 0, 1, 0, 0, 0, 1}));
  EXPECT_NE(symmetric_eigen(a, 3).values, stopped.values);
}

TEST(EigenTest, DiagonalZeroAndIdentity) {
  expect_decomposes({3, 0, 0, 0, -1, 0, 0, 0, 2}, 3);
  expect_decomposes(std::vector<double>(25, 0.0), 5);
  expect_decomposes({1, 0, 0, 0, 1, 0, 0, 0, 1}, 3);
  expect_decomposes(std::vector<double>(49, 1.0), 7);
}

}  // namespace
}  // namespace coterie::math
