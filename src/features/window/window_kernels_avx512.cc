// Window kernels for x86-64 machines with AVX-512; compiled everywhere, run only where the CPU has
// it.
#include "features/window/window_kernels_internal.h"

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl")
#endif
namespace coterie::features::avx512 {
#include "features/window/window_kernels.inc"
}  // namespace coterie::features::avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace coterie::features {
const WindowKernels kAvx512WindowKernels = avx512::kTable;
}  // namespace coterie::features
#endif
