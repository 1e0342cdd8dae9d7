// Kernels for any x86-64 (SSE2) or arm64 (NEON) machine.
#include "math/kernel_tables_internal.h"

#define COTERIE_VECTOR_BYTES 16
#define COTERIE_TILE_ROWS 2
#define COTERIE_ISA_NAMESPACE baseline

namespace coterie::math {
#include "math/kernel_bodies.inc"
const Kernels kBaselineKernels = baseline::kTable;
}  // namespace coterie::math
