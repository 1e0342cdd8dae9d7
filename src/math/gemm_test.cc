#include "math/gemm.h"

#include <vector>

#include <gtest/gtest.h>

#include "math/test_matrices.h"

namespace coterie::math {
namespace {

TEST(GemmTest, ProductEqualsPlainLoopsForEveryThreadCount) {
  const int64_t m = 203;
  const int64_t n = 77;
  const int d = 19;
  const auto a = test_matrix(1, m, d);
  const auto b = test_matrix(2, n, d);
  std::vector<float> first;
  for (const int threads : {1, 2, 3, 4}) {
    ThreadPool pool(threads);
    std::vector<float> out(static_cast<size_t>(m * n));
    multiply_transposed(a, m, b, n, d, out, pool);
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        double expected = 0;
        for (int k = 0; k < d; ++k) expected += static_cast<double>(a[i * d + k]) * b[j * d + k];
        ASSERT_NEAR(out[i * n + j], expected, 1e-5);
      }
    }
    if (first.empty()) first = out;
    EXPECT_EQ(first, out);
  }
}

TEST(GemmTest, GramEqualsPlainLoopsForEveryThreadCount) {
  const int64_t n = 9001;
  const int d = 37;
  const auto a = test_matrix(3, n, d);
  std::vector<double> expected(static_cast<size_t>(d) * d, 0.0);
  for (int64_t r = 0; r < n; ++r) {
    for (int i = 0; i < d; ++i) {
      for (int j = 0; j < d; ++j) {
        expected[i * d + j] += static_cast<double>(a[r * d + i]) * a[r * d + j];
      }
    }
  }
  std::vector<float> first;
  for (const int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    const auto gram = gram_matrix(a, n, d, pool);
    for (size_t i = 0; i < gram.size(); ++i) ASSERT_NEAR(gram[i], expected[i], 2e-2);
    if (first.empty()) first = gram;
    EXPECT_EQ(first, gram);
  }
}

TEST(GemmTest, EmptyMatrices) {
  ThreadPool pool(2);
  const auto gram = gram_matrix({}, 0, 4, pool);
  EXPECT_EQ(gram, std::vector<float>(16, 0.0F));
  multiply_transposed({}, 0, {}, 0, 4, {}, pool);
}

}  // namespace
}  // namespace coterie::math
