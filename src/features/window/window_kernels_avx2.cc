// Window kernels for x86-64 machines with AVX2; compiled everywhere, run only where the CPU has it.
#include "features/window/window_kernels_internal.h"
#include "math/isa_target.h"

#if defined(__x86_64__)

COTERIE_BEGIN_TARGET("avx2,fma")
namespace coterie::features::avx2 {
#include "features/window/window_kernels.inc"
}  // namespace coterie::features::avx2
COTERIE_END_TARGET

namespace coterie::features {
const WindowKernels kAvx2WindowKernels = avx2::kTable;
}  // namespace coterie::features
#endif
