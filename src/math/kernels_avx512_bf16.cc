// Products of bfloat16 pairs for x86-64 machines with AVX512_BF16.
#include "math/isa_target.h"
#include "math/kernel_tables_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

COTERIE_BEGIN_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,popcnt")
namespace coterie::math {
#include "math/kernels_bf16.inc"
}  // namespace coterie::math
COTERIE_END_TARGET

namespace coterie::math {
const Bf16Kernels kAvx512Bf16Kernels = {
    .round_row = avx512_bf16::round_row,
    .round_panel = avx512_bf16::round_panel,
    .score_filter = avx512_bf16::score_filter,
};
}  // namespace coterie::math
#endif
