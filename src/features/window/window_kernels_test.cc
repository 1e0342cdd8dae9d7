#include <vector>

#include <gtest/gtest.h>

#include "features/window/window_kernels_internal.h"
#include "math/random.h"

namespace coterie::features {
namespace {

// Every variant that this machine runs says what plain loops say, for lengths around all vectors'.
TEST(WindowKernels, VariantsAgree) {
  for (const math::Isa isa : math::supported_isas()) {
    SCOPED_TRACE(math::isa_name(isa));
    const math::ScopedIsa forced(isa);
    const WindowKernels& kernels = window_kernels();
    math::RandomStream random(3, 30, 0);
    for (int32_t n = 0; n < 700; n += n < 70 ? 1 : 37) {
      std::vector<int64_t> values;
      std::vector<uint8_t> mask;
      std::vector<int32_t> next;
      for (int32_t i = 0; i < n; ++i) {
        values.push_back(static_cast<int64_t>(random.next()));
        mask.push_back(random.chance(0.7) ? 1 : 0);
        next.push_back(random.between(-1, 100));
      }
      for (const bool masked : {false, true}) {
        Numbers expected;
        int64_t marked = 0;
        int32_t reaching = 0;
        for (int32_t i = 0; i < n; ++i) {
          reaching += next[i] >= 50 ? 1 : 0;
          if (masked && mask[i] == 0) continue;
          ++marked;
          expected.sum += static_cast<uint64_t>(values[i]);
          expected.least = std::min(expected.least, values[i]);
          expected.greatest = std::max(expected.greatest, values[i]);
        }
        Numbers numbers;
        kernels.add_numbers(values.data(), masked ? mask.data() : nullptr, n, numbers);
        EXPECT_EQ(numbers.n, marked) << n;
        EXPECT_EQ(numbers.sum, expected.sum) << n;
        EXPECT_EQ(numbers.least, expected.least) << n;
        EXPECT_EQ(numbers.greatest, expected.greatest) << n;
        if (masked) {
          EXPECT_EQ(kernels.count_marked(mask.data(), n), marked);
        }
        EXPECT_EQ(kernels.count_reaching(next.data(), n, 50), reaching);
      }
    }
  }
}

TEST(WindowKernels, LastEqual) {
  for (const math::Isa isa : math::supported_isas()) {
    SCOPED_TRACE(math::isa_name(isa));
    const math::ScopedIsa forced(isa);
    for (int32_t n = 0; n < 300; n += n < 70 ? 1 : 37) {
      for (int32_t at = -1; at < n; ++at) {
        // Also at the beginning, unless that is the place itself: the last one is asked for.
        std::vector<int32_t> codes(static_cast<size_t>(n), 7);
        std::vector<int64_t> integers(static_cast<size_t>(n), int64_t{7} << 32);
        for (const int32_t place : {at >= 0 ? 0 : -1, at}) {
          if (place < 0) continue;
          codes[place] = 9;
          integers[place] = int64_t{9} << 32;
        }
        EXPECT_EQ(window_kernels().last_equal_code(codes.data(), n, 9), at) << n;
        EXPECT_EQ(window_kernels().last_equal_integer(integers.data(), n, int64_t{9} << 32), at);
      }
    }
  }
}

}  // namespace
}  // namespace coterie::features
