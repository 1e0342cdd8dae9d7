#pragma once
// The tables behind tree_kernels(): each is defined by compiling tree_kernels.inc for one
// instruction set.

#include "trees/tree_kernels.h"

namespace coterie::trees {

extern const TreeKernels kBaselineTreeKernels;
extern const TreeKernels kAvx2TreeKernels;
extern const TreeKernels kAvx512TreeKernels;

}  // namespace coterie::trees
