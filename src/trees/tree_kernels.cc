#include "trees/tree_kernels.h"

#include "math/isa.h"
#include "trees/tree_kernel_tables_internal.h"

namespace coterie::trees {

const TreeKernels& tree_kernels() {
#if defined(__x86_64__)
  switch (math::active_isa()) {
    case math::Isa::kBaseline:
      return kBaselineTreeKernels;
    case math::Isa::kAvx2:
      return kAvx2TreeKernels;
    case math::Isa::kAvx512:
    case math::Isa::kAvx512Bf16:
      return kAvx512TreeKernels;
  }
#endif
  return kBaselineTreeKernels;
}

}  // namespace coterie::trees
