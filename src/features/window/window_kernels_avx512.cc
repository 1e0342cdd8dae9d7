// Window kernels for x86-64 machines with AVX-512; compiled everywhere, run only where the CPU has
// it.
#include "features/window/window_kernels_internal.h"
#include "math/isa_target.h"

#if defined(__x86_64__)

COTERIE_BEGIN_TARGET("avx512f,avx512bw,avx512dq,avx512vl")
namespace coterie::features::avx512 {
#include "features/window/window_kernels.inc"
}  // namespace coterie::features::avx512
COTERIE_END_TARGET

namespace coterie::features {
const WindowKernels kAvx512WindowKernels = avx512::kTable;
}  // namespace coterie::features
#endif
