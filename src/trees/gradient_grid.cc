#include "trees/gradient_grid.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace coterie::trees {
namespace {

constexpr int64_t kElementsAtOnce = 65536;
constexpr int kDoubleBits = 52;

}  // namespace

void round_to_common_grid(std::span<float> values, ThreadPool& pool) {
  const float largest = pool.parallel_reduce(
      std::ssize(values), kElementsAtOnce, 0.0F,
      [&](int64_t begin, int64_t end) {
        float part = 0;
        for (int64_t i = begin; i < end; ++i) part = std::max(part, std::abs(values[i]));
        return part;
      },
      [](float a, float b) { return std::max(a, b); });
  if (largest == 0) return;
  const int exponent = std::ilogb(largest) + 1;
  const int count_bits = static_cast<int>(std::bit_width(values.size() - 1));
  // Adding and taking away 1.5 · 2^52 steps rounds to a multiple of the step.
  const double step = std::ldexp(1.0, exponent + count_bits - kDoubleBits);
  const double shift = std::ldexp(1.5 * step, kDoubleBits);
  pool.parallel_for(std::ssize(values), kElementsAtOnce, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      values[i] = static_cast<float>((static_cast<double>(values[i]) + shift) - shift);
    }
  });
}

}  // namespace coterie::trees
