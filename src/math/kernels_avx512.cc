// Kernels for x86-64 machines with AVX512; compiled everywhere, run only where the CPU has it.
#include "math/kernel_tables_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define COTERIE_VECTOR_BYTES 64
#define COTERIE_TILE_ROWS 12
#define COTERIE_ISA_NAMESPACE avx512

#if defined(__clang__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#endif
namespace coterie::math {
#include "math/kernel_bodies.inc"
}  // namespace coterie::math
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace coterie::math {
const Kernels kAvx512Kernels = avx512::kTable;
}  // namespace coterie::math
#endif
