// Kernels for any x86-64 (SSE2) or arm64 (NEON) machine.
#include "trees/tree_kernel_tables_internal.h"

#define COTERIE_VECTOR_BYTES 16
#define COTERIE_TREE_VECTORS 1
#define COTERIE_DEEPEST_COMPLETE 3
#define COTERIE_ISA_NAMESPACE baseline

namespace coterie::trees {
#include "trees/tree_kernels.inc"
const TreeKernels kBaselineTreeKernels = baseline::kTable;
}  // namespace coterie::trees
