// Singular vectors of sparse matrices against the eigenvectors of the dense Gram matrix.
#include "math/sparse_svd.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/cancel.h"
#include "math/eigen.h"
#include "math/test_matrices.h"

namespace coterie::math {
namespace {

Csr random_sparse(uint64_t seed, int32_t rows, int32_t cols, ThreadPool& pool) {
  std::vector<int32_t> r, c;
  std::vector<float> values;
  for (int32_t i = 0; i < rows; ++i) {
    for (int32_t j = 0; j < cols; ++j) {
      const float value = test_value(seed, static_cast<uint64_t>(i) * 1000 + j);
      if (value < 0.4F && j % 3 != i % 3) continue;
      if (value < -0.5F) continue;
      r.push_back(i);
      c.push_back(j);
      values.push_back(1 + value);
    }
  }
  return *csr_from_entries(rows, cols, r, c, values, pool);
}

std::vector<double> dense_gram(const Csr& matrix) {
  std::vector<double> gram(static_cast<size_t>(matrix.cols) * matrix.cols, 0.0);
  for (int32_t row = 0; row < matrix.rows; ++row) {
    const auto ids = matrix.row_indices(row);
    const auto values = matrix.row_values(row);
    for (size_t i = 0; i < ids.size(); ++i) {
      for (size_t j = 0; j < ids.size(); ++j) {
        gram[static_cast<size_t>(ids[i]) * matrix.cols + ids[j]] +=
            static_cast<double>(values[i]) * values[j];
      }
    }
  }
  return gram;
}

TEST(SparseSvd, EqualsTheDenseDecomposition) {
  ThreadPool pool(2);
  const Csr matrix = random_sparse(3, 90, 60, pool);
  const Csr transposed = transpose(matrix, pool);
  const auto eigen = symmetric_eigen(dense_gram(matrix), 60);
  const auto found =
      *right_singular_vectors(matrix, transposed, {.rank = 8, .iterations = 30}, pool);
  ASSERT_EQ(found.rank, 8);
  for (int i = 0; i < 8; ++i) {
    EXPECT_NEAR(found.values[i], std::sqrt(eigen.values[59 - i]), 1e-3 * found.values[0]);
    double dot = 0;
    double norm = 0;
    for (int j = 0; j < 60; ++j) {
      dot += found.vectors[j * 8 + i] * eigen.vectors[(59 - i) * 60 + j];
      norm += found.vectors[j * 8 + i] * found.vectors[j * 8 + i];
    }
    EXPECT_NEAR(norm, 1, 1e-4);
    if (i >= 3) continue;  // closer values tell their vectors apart less sharply
    EXPECT_NEAR(std::abs(dot), 1, 1e-3) << "vector " << i;
  }
}

TEST(SparseSvd, ARankThatTheMatrixDoesNotHaveGivesZeros) {
  ThreadPool pool(1);
  // Three different rows: rank 3.
  std::vector<int32_t> rows, cols;
  std::vector<float> values;
  for (int32_t i = 0; i < 30; ++i) {
    for (int32_t j = i % 3; j < 40; j += 3) {
      rows.push_back(i);
      cols.push_back(j);
      values.push_back(1);
    }
  }
  const Csr matrix = *csr_from_entries(30, 41, rows, cols, values, pool);
  const auto found = *right_singular_vectors(matrix, transpose(matrix, pool), {.rank = 50}, pool);
  EXPECT_EQ(found.rank, 41);
  for (int i = 0; i < 41; ++i) {
    EXPECT_EQ(found.values[i] > 0, i < 3) << found.values[i];
    for (int j = 0; j < 41; ++j) {
      ASSERT_TRUE(std::isfinite(found.vectors[j * 41 + i]));
      if (i < 3) continue;
      ASSERT_EQ(found.vectors[j * 41 + i], 0);
    }
  }
}

TEST(SparseSvd, SameBytesForEveryThreadCountAndStops) {
  std::vector<std::vector<float>> vectors;
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    const Csr matrix = random_sparse(5, 700, 300, pool);
    vectors.push_back(
        right_singular_vectors(matrix, transpose(matrix, pool), {.rank = 20}, pool)->vectors);
    EXPECT_EQ(vectors.front(), vectors.back());
    request_cancel();
    const auto stopped =
        right_singular_vectors(matrix, transpose(matrix, pool), {.rank = 20}, pool);
    reset_cancel();
    EXPECT_FALSE(stopped.ok());
  }
}

}  // namespace
}  // namespace coterie::math
