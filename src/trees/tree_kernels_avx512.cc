// Kernels for x86-64 machines with AVX-512; compiled everywhere, run only where the CPU has it.
#include "math/isa_target.h"
#include "trees/tree_kernel_tables_internal.h"

#if defined(__x86_64__)
#define COTERIE_VECTOR_BYTES 64
#define COTERIE_TREE_VECTORS 2
#define COTERIE_DEEPEST_COMPLETE 8
#define COTERIE_ISA_NAMESPACE avx512

COTERIE_BEGIN_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
namespace coterie::trees {
#include "trees/tree_kernels.inc"
}  // namespace coterie::trees
COTERIE_END_TARGET

namespace coterie::trees {
const TreeKernels kAvx512TreeKernels = avx512::kTable;
}  // namespace coterie::trees
#endif
