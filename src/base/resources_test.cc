#include "base/resources.h"

#include <gtest/gtest.h>

#include "base/temporary_folder.h"

namespace coterie {
namespace {

TEST(Resources, DetectsSomethingToWorkWith) {
  const TemporaryFolder folder;
  const Resources found = detect_resources(folder / "not/yet/there");
  EXPECT_GE(found.threads, 1);
  EXPECT_GT(found.memory_bytes, int64_t{64} << 20);
  EXPECT_GT(found.disk_bytes, 0);
}

TEST(Resources, ParsesBytes) {
  EXPECT_EQ(*parse_bytes("8GiB"), int64_t{8} << 30);
  EXPECT_EQ(*parse_bytes("512MB"), 512'000'000);
  EXPECT_EQ(*parse_bytes("1.5g"), int64_t{3} << 29);
  EXPECT_EQ(*parse_bytes("1048576"), 1 << 20);
  EXPECT_EQ(*parse_bytes("2 KiB"), 2048);
  for (const char* text :
       {"", "GiB", "8GiBs", "-1G", "0", "1e3", "nan", "inf", "8 G B", "9999999T"}) {
    EXPECT_FALSE(parse_bytes(text).ok()) << text;
  }
  EXPECT_EQ(parse_bytes("8 apples").error().to_text(),
            "'8 apples' is not an amount of bytes\n"
            "  mend: write a number with a unit, such as 8GiB or 512MB");
}

TEST(ResourceShare, DividesAndReturns) {
  const TemporaryFolder folder;
  const Resources total{3, 1001, 50};
  auto first = ResourceShare::join(folder / "shares", "run", total);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->current().memory_bytes, 1001);
  {
    auto second = ResourceShare::join(folder / "shares", "serve", total);
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(first->current().threads + second->current().threads, 3);
    EXPECT_EQ(first->current().memory_bytes + second->current().memory_bytes, 1001);
    EXPECT_EQ(first->current().disk_bytes, 25);
  }
  EXPECT_EQ(first->current().threads, 3);
}

}  // namespace
}  // namespace coterie
