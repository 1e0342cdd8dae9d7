#include "math/sparse_svd.h"

#include <algorithm>
#include <cmath>

#include "base/cancel.h"
#include "math/eigen.h"
#include "math/gemm.h"
#include "math/kernels.h"
#include "math/random.h"
#include "math/random_distributions.h"

namespace coterie::math {
namespace {

enum RandomPurpose : uint32_t { kSvdStart = 51 };
constexpr int kLeastSurplus = 16;
// A direction that lost this share of its length to those before it is one of them, up to rounding.
constexpr double kDependent = 1e-6;

std::vector<float> random_start(int32_t rows, int d, uint64_t seed, ThreadPool& pool) {
  std::vector<float> values(static_cast<size_t>(rows) * static_cast<size_t>(d));
  pool.parallel_for(rows, 1024, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      RandomStream random(seed, kSvdStart, static_cast<uint64_t>(row));
      for (int64_t j = 0; j < d; ++j) values[row * d + j] = static_cast<float>(normal(random));
    }
  });
  return values;
}

// (R⁻¹)ᵀ where RᵀR is the Gram matrix, in double; rows of directions that depend on earlier ones
// are zero.
std::vector<float> inverse_factor(const std::vector<float>& gram, int64_t d) {
  std::vector<double> lower(static_cast<size_t>(d * d), 0.0);
  std::vector<double> inverse(static_cast<size_t>(d * d), 0.0);
  for (int64_t i = 0; i < d; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      double sum = gram[i * d + j];
      for (int64_t k = 0; k < j; ++k) sum -= lower[i * d + k] * lower[j * d + k];
      if (i != j) {
        lower[i * d + j] = lower[j * d + j] > 0 ? sum / lower[j * d + j] : 0;
      } else if (sum > kDependent * gram[i * d + i]) {
        lower[i * d + i] = std::sqrt(sum);
      }
    }
    if (lower[i * d + i] == 0) {
      std::fill_n(lower.begin() + i * d, i, 0.0);
      continue;
    }
    inverse[i * d + i] = 1;
    for (int64_t k = 0; k < i; ++k) {
      for (int64_t j = 0; j <= k; ++j) inverse[i * d + j] -= lower[i * d + k] * inverse[k * d + j];
    }
    for (int64_t j = 0; j <= i; ++j) inverse[i * d + j] /= lower[i * d + i];
  }
  return {inverse.begin(), inverse.end()};
}

// Columns of `a` (n × d) become orthonormal, those without a direction of their own zero.
void orthonormalise(std::vector<float>& a, int64_t n, int d, std::vector<float>& scratch,
                    ThreadPool& pool) {
  const std::vector<float> factor = inverse_factor(gram_matrix(a, n, d, pool), d);
  scratch.resize(a.size());
  multiply_transposed(a, n, factor, d, d, scratch, pool);
  a.swap(scratch);
}

}  // namespace

void multiply_sparse(const Csr& matrix, const std::vector<float>& dense, int d,
                     std::vector<float>& out, ThreadPool& pool) {
  out.assign(static_cast<size_t>(matrix.rows) * static_cast<size_t>(d), 0.0F);
  pool.parallel_for(matrix.rows, 256, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const auto ids = matrix.row_indices(static_cast<int32_t>(row));
      kernels().add_weighted_rows({.base = dense.data(),
                                   .stride = d,
                                   .ids = ids.data(),
                                   .weights = matrix.values.data() + matrix.offsets[row],
                                   .count = static_cast<int>(ids.size()),
                                   .n = d,
                                   .out = out.data() + row * d});
    }
  });
}

Result<RightVectors> right_singular_vectors(const Csr& matrix, const Csr& transposed,
                                            const SparseSvdOptions& options, ThreadPool& pool) {
  const int rank = std::min(options.rank, matrix.cols);
  const int d = std::min(matrix.cols, rank + std::max(kLeastSurplus, rank / 8));
  std::vector<float> basis = random_start(matrix.cols, d, options.seed, pool);
  std::vector<float> image, scratch;
  for (int i = 0; i < options.iterations; ++i) {
    RETURN_IF_ERROR(check_cancelled());
    orthonormalise(basis, matrix.cols, d, scratch, pool);
    multiply_sparse(matrix, basis, d, image, pool);
    multiply_sparse(transposed, image, d, basis, pool);
  }
  // Twice: what rounding left of the first time.
  orthonormalise(basis, matrix.cols, d, scratch, pool);
  orthonormalise(basis, matrix.cols, d, scratch, pool);
  multiply_sparse(matrix, basis, d, image, pool);
  const std::vector<float> gram = gram_matrix(image, matrix.rows, d, pool);
  const SymmetricEigen eigen =
      symmetric_eigen(std::vector<double>(gram.begin(), gram.end()), d);  // ascending
  RETURN_IF_ERROR(check_cancelled());
  RightVectors result;
  result.rank = rank;
  std::vector<float> rotation(static_cast<size_t>(rank) * static_cast<size_t>(d), 0.0F);
  const double least = kDependent * std::max(0.0, eigen.values.back());
  for (int i = 0; i < rank; ++i) {
    const int from = d - 1 - i;
    const bool real = eigen.values[from] > least;
    result.values.push_back(real ? std::sqrt(eigen.values[from]) : 0);
    if (real) {
      std::copy_n(eigen.vectors.begin() + int64_t{from} * d, d, rotation.begin() + int64_t{i} * d);
    }
  }
  result.vectors.resize(static_cast<size_t>(matrix.cols) * static_cast<size_t>(rank));
  multiply_transposed(basis, matrix.cols, rotation, rank, d, result.vectors, pool);
  return result;
}

}  // namespace coterie::math
