// The inverse in place against Gauss-Jordan in double.
#include "math/spd_inverse.h"

#include <cmath>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "base/cancel.h"
#include "base/test_results.h"
#include "math/aligned.h"
#include "math/isa.h"
#include "math/test_matrices.h"

namespace coterie::math {
namespace {

// XᵀX + ridge · I of a random X: n × n.
std::vector<double> random_spd(uint64_t seed, int64_t n, double ridge) {
  const auto x = test_matrix(seed, n, n);
  std::vector<double> a(static_cast<size_t>(n * n), 0.0);
  for (int64_t r = 0; r < n; ++r) {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        a[i * n + j] += static_cast<double>(x[r * n + i]) * x[r * n + j];
      }
    }
  }
  for (int64_t i = 0; i < n; ++i) a[i * n + i] += ridge;
  return a;
}

std::vector<double> naive_inverse(std::vector<double> a, int64_t n) {
  std::vector<double> inverse(static_cast<size_t>(n * n), 0.0);
  for (int64_t i = 0; i < n; ++i) inverse[i * n + i] = 1;
  for (int64_t k = 0; k < n; ++k) {
    const double pivot = a[k * n + k];
    for (int64_t j = 0; j < n; ++j) {
      a[k * n + j] /= pivot;
      inverse[k * n + j] /= pivot;
    }
    for (int64_t i = 0; i < n; ++i) {
      const double factor = a[i * n + k];
      if (i == k || factor == 0) continue;
      for (int64_t j = 0; j < n; ++j) {
        a[i * n + j] -= factor * a[k * n + j];
        inverse[i * n + j] -= factor * inverse[k * n + j];
      }
    }
  }
  return inverse;
}

struct Padded {
  int64_t n;
  AlignedVector<float> values;
  explicit Padded(const std::vector<double>& a, int64_t size)
      : n(size), values(static_cast<size_t>(symmetric_stride(n) * symmetric_stride(n)), NAN) {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = i; j < n; ++j) {
        values[i * symmetric_stride(n) + j] = static_cast<float>(a[i * n + j]);
      }
    }
  }
  SymmetricMatrix view() { return {values.data(), n, symmetric_stride(n)}; }
};

TEST(SpdInverse, EqualsGaussJordanOnEveryInstructionSet) {
  for (const int64_t n : {1, 5, 191, 192, 193, 300, 500}) {
    const auto a = random_spd(static_cast<uint64_t>(n), n, 0.05 * static_cast<double>(n));
    const auto expected = naive_inverse(a, n);
    for (const Isa isa : supported_isas()) {
      const ScopedIsa scoped(isa);
      Padded matrix(a, n);
      ThreadPool pool(2);
      ASSERT_EQ(error_text(invert_spd(matrix.view(), pool)), "");
      double largest = 0;
      for (const double value : expected) largest = std::max(largest, std::abs(value));
      for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          ASSERT_NEAR(matrix.values[i * symmetric_stride(n) + j], expected[i * n + j],
                      2e-5 * largest)
              << isa_name(isa) << " n = " << n << " at " << i << ", " << j;
        }
      }
    }
  }
}

TEST(SpdInverse, SameBytesForEveryThreadCount) {
  const int64_t n = 700;
  const auto a = random_spd(3, n, 20);
  Padded one(a, n);
  Padded three(a, n);
  ThreadPool single(1);
  ThreadPool several(3);
  int blocks = 0;
  ASSERT_TRUE(invert_spd(one.view(), single, [&] { ++blocks; }).ok());
  ASSERT_TRUE(invert_spd(three.view(), several).ok());
  EXPECT_EQ(blocks, 4);
  EXPECT_EQ(std::memcmp(one.values.data(), three.values.data(), one.values.size() * sizeof(float)),
            0);
}

TEST(SpdInverse, RefusesWhatIsNotPositiveDefiniteAndStops) {
  ThreadPool pool(1);
  std::vector<double> a = random_spd(4, 40, 1);
  a[7 * 40 + 7] = -3;
  Padded wrong(a, 40);
  EXPECT_EQ(error_text(invert_spd(wrong.view(), pool)),
            "the matrix is not positive definite to working precision");
  Padded right(random_spd(4, 40, 1), 40);
  request_cancel();
  const Status stopped = invert_spd(right.view(), pool);
  reset_cancel();
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace coterie::math
