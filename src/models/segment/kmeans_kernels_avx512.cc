// The pass of k-means for x86-64 machines with AVX-512; compiled everywhere, run only where the CPU
// has it.
#include "math/isa_target.h"
#include "models/segment/kmeans_kernels_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define COTERIE_VECTOR_BYTES 64
#define COTERIE_TILE_ROWS 12
#define COTERIE_ISA_NAMESPACE avx512

COTERIE_BEGIN_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,popcnt")
namespace coterie::segment {
#include "models/segment/kmeans_kernels.inc"
}  // namespace coterie::segment
COTERIE_END_TARGET

namespace coterie::segment {
const PassKernels kAvx512PassKernels = avx512::kTable;
}  // namespace coterie::segment
#endif
