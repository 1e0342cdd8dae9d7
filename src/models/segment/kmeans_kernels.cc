// The pass of k-means for any machine, and the choice among all.
#include "models/segment/kmeans_kernels_internal.h"

#define COTERIE_VECTOR_BYTES 16
#define COTERIE_TILE_ROWS 2
#define COTERIE_ISA_NAMESPACE baseline

namespace coterie::segment {
#include "models/segment/kmeans_kernels.inc"

const PassKernels kBaselinePassKernels = baseline::kTable;

const PassKernels& pass_kernels() {
#if defined(__x86_64__)
  switch (math::active_isa()) {
    case math::Isa::kBaseline:
      return kBaselinePassKernels;
    case math::Isa::kAvx2:
      return kAvx2PassKernels;
    case math::Isa::kAvx512:
    case math::Isa::kAvx512Bf16:
      return kAvx512PassKernels;
  }
#endif
  return kBaselinePassKernels;
}

}  // namespace coterie::segment
