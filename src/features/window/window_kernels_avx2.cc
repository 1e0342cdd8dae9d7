// Window kernels for x86-64 machines with AVX2; compiled everywhere, run only where the CPU has it.
#include "features/window/window_kernels_internal.h"

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
namespace coterie::features::avx2 {
#include "features/window/window_kernels.inc"
}  // namespace coterie::features::avx2
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace coterie::features {
const WindowKernels kAvx2WindowKernels = avx2::kTable;
}  // namespace coterie::features
#endif
