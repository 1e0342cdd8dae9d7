#pragma once
// The inverse of a large symmetric positive definite matrix, in its own memory.
//
// Sweeps (Beaton 1964; Goodnight 1979, "A tutorial on the SWEEP operator") over blocks of 192
// rows: with D the pivot block and Z = D⁻¹ A(K, :), A -= A(:, K) Z for all other rows and columns,
// A(K, :) = Z, A(K, K) = -D⁻¹; after all blocks A is -A⁻¹. The work is that of a Cholesky
// factorisation followed by the inversion of the factor, n³ FLOP, but nearly all of it is one
// update of a whole triangle a block, which runs at the speed of a matrix product.

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "base/threads.h"

namespace coterie::math {

struct SymmetricMatrix {
  float* data = nullptr;  // row-major; on a cache line for speed
  int64_t n = 0;
  int64_t stride = 0;  // symmetric_stride(n)
};

// Rows that the inversion wants of `n` columns, so that its tiles need no borders; the memory of a
// matrix is symmetric_stride(n)² floats.
int64_t symmetric_stride(int64_t n);
// What invert_spd allocates besides the matrix, in bytes.
int64_t inversion_scratch_bytes(int64_t n);

// Replaces A, of which the upper triangle is read, by its inverse, both triangles filled. The
// padding is overwritten. `on_block` (may be null) is called after each of the n / 192 blocks, on
// the calling thread. Errors: kInvalidInput if A is not positive definite to working precision,
// kCancelled; both leave A undefined. Deterministic for any number of threads.
Status invert_spd(const SymmetricMatrix& matrix, ThreadPool& pool,
                  const std::function<void()>& on_block = nullptr);

}  // namespace coterie::math
