#include "math/kernels.h"

#include "math/kernel_tables_internal.h"

namespace coterie::math {

const Kernels& kernels() {
#if defined(__x86_64__)
  switch (active_isa()) {
    case Isa::kBaseline:
      return kBaselineKernels;
    case Isa::kAvx2:
      return kAvx2Kernels;
    case Isa::kAvx512:
      return kAvx512Kernels;
  }
#endif
  return kBaselineKernels;
}

}  // namespace coterie::math
