#pragma once
// The largest singular values of a sparse matrix and their right singular vectors, by randomised
// subspace iteration (Halko, Martinsson, Tropp 2011, "Finding structure with randomness",
// algorithms 4.4 and 5.1, on AᵀA).

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "math/sparse.h"

namespace coterie::math {

struct SparseSvdOptions {
  int rank = 64;
  // Multiplications by AᵀA: each one squares how far wanted values stand out from the rest.
  int iterations = 4;
  uint64_t seed = 1;
};

struct RightVectors {
  int rank = 0;                // as asked for, at most the columns
  std::vector<double> values;  // rank, descending; 0 beyond the matrix's own rank
  std::vector<float> vectors;  // cols × rank, row-major; columns of value 0 are 0
};

// `transposed` is the transpose of `matrix`. Deterministic for any number of threads. Cost, for
// l = rank + an eighth: (iterations + 1) (4 l · entries + 3 l² · cols) FLOP. Error: kCancelled.
Result<RightVectors> right_singular_vectors(const Csr& matrix, const Csr& transposed,
                                            const SparseSvdOptions& options, ThreadPool& pool);

// out = matrix · dense: dense is cols × d, out rows × d, row-major.
void multiply_sparse(const Csr& matrix, const std::vector<float>& dense, int d,
                     std::vector<float>& out, ThreadPool& pool);

}  // namespace coterie::math
