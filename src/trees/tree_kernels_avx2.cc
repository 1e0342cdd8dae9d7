// Kernels for x86-64 machines with AVX2; compiled everywhere, run only where the CPU has it.
#include "math/isa_target.h"
#include "trees/tree_kernel_tables_internal.h"

#if defined(__x86_64__)
#define COTERIE_VECTOR_BYTES 32
#define COTERIE_TREE_VECTORS 1
#define COTERIE_DEEPEST_COMPLETE 6
#define COTERIE_ISA_NAMESPACE avx2

COTERIE_BEGIN_TARGET("avx2,fma")
namespace coterie::trees {
#include "trees/tree_kernels.inc"
}  // namespace coterie::trees
COTERIE_END_TARGET

namespace coterie::trees {
const TreeKernels kAvx2TreeKernels = avx2::kTable;
}  // namespace coterie::trees
#endif
