// Window kernels for any machine; the twin that the others are compared with.
#include "features/window/window_kernels_internal.h"

namespace coterie::features {
namespace baseline {
#include "features/window/window_kernels.inc"
}  // namespace baseline
const WindowKernels kBaselineWindowKernels = baseline::kTable;
}  // namespace coterie::features
