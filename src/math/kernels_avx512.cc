// Kernels for x86-64 machines with AVX512; compiled everywhere, run only where the CPU has it.
#include "math/isa_target.h"
#include "math/kernel_tables_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define COTERIE_VECTOR_BYTES 64
#define COTERIE_TILE_ROWS 12
#define COTERIE_ISA_NAMESPACE avx512

COTERIE_BEGIN_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
namespace coterie::math {
#include "math/kernel_bodies.inc"
}  // namespace coterie::math
COTERIE_END_TARGET

namespace coterie::math {
const Kernels kAvx512Kernels = avx512::kTable;
}  // namespace coterie::math
#endif
