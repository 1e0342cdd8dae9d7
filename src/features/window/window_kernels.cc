#include "features/window/window_kernels_internal.h"

namespace coterie::features {

const WindowKernels& window_kernels() {
#if defined(__x86_64__)
  switch (math::active_isa()) {
    case math::Isa::kBaseline:
      return kBaselineWindowKernels;
    case math::Isa::kAvx2:
      return kAvx2WindowKernels;
    case math::Isa::kAvx512:
    case math::Isa::kAvx512Bf16:
      return kAvx512WindowKernels;
  }
#endif
  return kBaselineWindowKernels;
}

}  // namespace coterie::features
