// Products of bfloat16 pairs for x86-64 machines with AVX512_BF16.
#include "math/kernel_tables_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(                                                                 \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,popcnt"))), \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,popcnt")
#endif
namespace coterie::math {
#include "math/kernels_bf16.inc"
}  // namespace coterie::math
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace coterie::math {
const Bf16Kernels kAvx512Bf16Kernels = {
    .round_row = avx512_bf16::round_row,
    .round_panel = avx512_bf16::round_panel,
    .score_filter = avx512_bf16::score_filter,
};
}  // namespace coterie::math
#endif
