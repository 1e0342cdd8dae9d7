// The pass of k-means for x86-64 machines with AVX2; compiled everywhere, run only where the CPU
// has it.
#include "math/isa_target.h"
#include "models/segment/kmeans_kernels_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define COTERIE_VECTOR_BYTES 32
#define COTERIE_TILE_ROWS 3
#define COTERIE_ISA_NAMESPACE avx2

COTERIE_BEGIN_TARGET("avx2,fma")
namespace coterie::segment {
#include "models/segment/kmeans_kernels.inc"
}  // namespace coterie::segment
COTERIE_END_TARGET

namespace coterie::segment {
const PassKernels kAvx2PassKernels = avx2::kTable;
}  // namespace coterie::segment
#endif
