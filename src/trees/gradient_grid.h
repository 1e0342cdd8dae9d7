#pragma once
// Numbers whose sum in double is exact in any order. XGBoost adds gradients up a thread at a time,
// so the last bits of its sums, and at times its trees, depend on the number of threads; gradients
// on a common grid have one sum.
//
// The grid's step is 2^(e + n - 52), where max |x| <= 2^e and the count <= 2^n: every partial sum
// is a multiple of the step below 2^53 steps. What is lost of an element is at most half a step:
// for a million elements 2^-33 of the largest.

#include <span>

#include "base/threads.h"

namespace coterie::trees {

// Rounds all elements, to the nearest, to multiples of the step for these elements. Elements are
// finite.
void round_to_common_grid(std::span<float> values, ThreadPool& pool);

}  // namespace coterie::trees
