#pragma once
// Dense products over the thread pool, built on the register tiles of math/kernels.h.

#include <cstdint>
#include <span>
#include <vector>

#include "base/threads.h"

namespace coterie::math {

// out = A · Bᵀ: a is m × d, b is n × d, out is m × n, all row-major and dense. 2·m·n·d FLOP.
void multiply_transposed(std::span<const float> a, int64_t m, std::span<const float> b, int64_t n,
                         int d, std::span<float> out, ThreadPool& pool);

// AᵀA of an n × d matrix: d × d, symmetric, both triangles filled. Partial sums of fixed row blocks
// are added in double and in order: equal bytes for any number of threads. n·d² FLOP.
std::vector<float> gram_matrix(std::span<const float> a, int64_t n, int d, ThreadPool& pool);

}  // namespace coterie::math
