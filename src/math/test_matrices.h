#pragma once
// Random matrices for the tests of this folder and of the models above it.

#include <cstdint>
#include <vector>

#include "base/hash.h"

namespace coterie::math {

// Uniform in [-1, 1), a function of (seed, index) alone.
inline float test_value(uint64_t seed, uint64_t index) {
  return static_cast<float>(mix64(mix64(seed) + index) >> 40) / 8388608.0F - 1.0F;
}

inline std::vector<float> test_matrix(uint64_t seed, int64_t n, int64_t d) {
  std::vector<float> values(static_cast<size_t>(n * d));
  for (size_t i = 0; i < values.size(); ++i) values[i] = test_value(seed, i);
  return values;
}

}  // namespace coterie::math
