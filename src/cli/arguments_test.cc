#include "cli/arguments.h"

#include <gtest/gtest.h>

namespace coterie::cli {
namespace {

TEST(ParseCount, TakesPlainNumbersAndSuffixes) {
  EXPECT_EQ(parse_count("0"), 0);
  EXPECT_EQ(parse_count("20000"), 20'000);
  EXPECT_EQ(parse_count("20k"), 20'000);
  EXPECT_EQ(parse_count("1.37M"), 1'370'000);
  EXPECT_EQ(parse_count("2G"), 2'000'000'000);
}

TEST(ParseCount, RefusesWhatIsNoCount) {
  for (const char* text :
       {"", "k", "-1", "1.5", "1e400", "nan", "inf", "12x", "1 000", "1.0005k1"}) {
    EXPECT_EQ(parse_count(text), -1) << text;
  }
}

}  // namespace
}  // namespace coterie::cli
