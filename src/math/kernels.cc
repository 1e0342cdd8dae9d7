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
    case Isa::kAvx512Bf16:
      return kAvx512Kernels;
  }
#endif
  return kBaselineKernels;
}

const Bf16Kernels* bf16_kernels() {
#if defined(__x86_64__)
  if (active_isa() == Isa::kAvx512Bf16) return &kAvx512Bf16Kernels;
#endif
  return nullptr;
}

}  // namespace coterie::math
