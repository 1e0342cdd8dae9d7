// The pass of k-means for x86-64 machines with AVX-512; compiled everywhere, run only where the CPU
// has it.
#include "models/segment/kmeans_kernels_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define COTERIE_VECTOR_BYTES 64
#define COTERIE_TILE_ROWS 12
#define COTERIE_ISA_NAMESPACE avx512

#if defined(__clang__)
#pragma clang attribute push(                                                      \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,popcnt"))), \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,popcnt")
#endif
namespace coterie::segment {
#include "models/segment/kmeans_kernels.inc"
}  // namespace coterie::segment
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace coterie::segment {
const PassKernels kAvx512PassKernels = avx512::kTable;
}  // namespace coterie::segment
#endif
