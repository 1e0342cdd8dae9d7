#pragma once
// The inner loops over long runs of events, compiled for each set of vector instructions. All
// variants give the same results: they compare, count and add integers only.

#include <cstdint>
#include <limits>

#include "math/isa.h"

namespace coterie::features {

// Of the integers that count. The sum is modulo 2^64: exact where the sum of |x| fits.
struct Numbers {
  uint64_t sum = 0;
  int64_t n = 0;
  int64_t least = std::numeric_limits<int64_t>::max();
  int64_t greatest = std::numeric_limits<int64_t>::min();

  void add(const Numbers& other) {
    sum += other.sum;
    n += other.n;
    least = other.least < least ? other.least : least;
    greatest = other.greatest > greatest ? other.greatest : greatest;
  }
};

struct WindowKernels {
  // Takes values[0, n) in; `mask` may be null.
  void (*add_numbers)(const int64_t* values, const uint8_t* mask, int32_t n, Numbers& numbers);
  // How many of mask[0, n) are 1 (the others are 0).
  int64_t (*count_marked)(const uint8_t* mask, int32_t n);
  // How many of next[0, n) are `horizon` or more.
  int32_t (*count_reaching)(const int32_t* next, int32_t n, int32_t horizon);
  // The greatest i < n with values[i] == value, or -1.
  int32_t (*last_equal_code)(const int32_t* values, int32_t n, int32_t value);
  int32_t (*last_equal_integer)(const int64_t* values, int32_t n, int64_t value);
};

// Of math::active_isa().
const WindowKernels& window_kernels();

extern const WindowKernels kBaselineWindowKernels;
extern const WindowKernels kAvx2WindowKernels;
extern const WindowKernels kAvx512WindowKernels;

}  // namespace coterie::features
