#include "base/large_array.h"

#include <cstdint>
#include <numeric>

#include <gtest/gtest.h>

namespace coterie {
namespace {

TEST(LargeArray, HoldsWhatIsWrittenWhateverItsSize) {
  for (const size_t n : {size_t{0}, size_t{1}, size_t{1000}, (size_t{2} << 20) / 8 - 1,
                         (size_t{2} << 20) / 8, size_t{1} << 20}) {
    const LargeArray<int64_t> array = make_large_array<int64_t>(n);
    ASSERT_NE(array, nullptr) << n;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(array.get()) % 64, 0U) << n;
    std::iota(array.get(), array.get() + n, int64_t{0});
    const int64_t sum = std::accumulate(array.get(), array.get() + n, int64_t{0});
    const auto rows = static_cast<int64_t>(n);
    EXPECT_EQ(sum, rows * (rows - 1) / 2) << n;
  }
}

}  // namespace
}  // namespace coterie
