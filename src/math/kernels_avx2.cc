// Kernels for x86-64 machines with AVX2; compiled everywhere, run only where the CPU has it.
#include "math/isa_target.h"
#include "math/kernel_tables_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define COTERIE_VECTOR_BYTES 32
#define COTERIE_TILE_ROWS 3
#define COTERIE_ISA_NAMESPACE avx2

COTERIE_BEGIN_TARGET("avx2,fma")
namespace coterie::math {
#include "math/kernel_bodies.inc"
}  // namespace coterie::math
COTERIE_END_TARGET

namespace coterie::math {
const Kernels kAvx2Kernels = avx2::kTable;
}  // namespace coterie::math
#endif
