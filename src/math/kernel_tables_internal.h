#pragma once
// The tables behind kernels(): each is defined by compiling kernel_bodies.inc for one
// instruction set.

#include "math/kernels.h"

namespace coterie::math {

extern const Kernels kBaselineKernels;
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
extern const Bf16Kernels kAvx512Bf16Kernels;

}  // namespace coterie::math
