// Which served values count as equal to offline ones; reading of what was kept.
#include "cli/skew_report.h"

#include <gmock/gmock.h>

#include "base/atomic_file.h"
#include "base/temporary_folder.h"
#include "base/test_results.h"

namespace coterie::cli {
namespace {

using testing::HasSubstr;

constexpr double kTolerance = 1e-9;

double number(const char* online, const char* offline) {
  return difference_of({online, true}, offline, kTolerance);
}

TEST(SkewReport, NumbersAreEqualWithinTheToleranceWhateverTheirForm) {
  EXPECT_EQ(number("29.9", "29.90"), 0);
  EXPECT_EQ(number("2.0", "2"), 0);
  EXPECT_EQ(number("1e+16", "10000000000000000"), 0);
  EXPECT_EQ(number("1000000000", "1000000000.5"), 0);
  EXPECT_EQ(number("0", "1e-10"), 0);
  EXPECT_NEAR(number("99", "100"), 0.01, 1e-12);
  EXPECT_EQ(number("-5", "5"), 2);
}

TEST(SkewReport, TextsAndNullsAreEqualOrNot) {
  EXPECT_EQ(difference_of({"0952748001", false}, "0952748001", kTolerance), 0);
  EXPECT_EQ(difference_of({"0952748001", false}, "952748001", kTolerance), 1);
  EXPECT_EQ(difference_of({}, std::nullopt, kTolerance), 0);
  EXPECT_EQ(difference_of({}, "0", kTolerance), 1);
  EXPECT_EQ(difference_of({"0", true}, std::nullopt, kTolerance), 1);
}

TEST(SkewReport, ListsAreComparedElementByElement) {
  EXPECT_EQ(number("0.5\x1f"
                   "0.25",
                   "0.5\x1f"
                   "0.250"),
            0);
  EXPECT_EQ(number("0.5\x1f"
                   "0.25",
                   "0.5\x1f"
                   "0.5"),
            0.5);
  EXPECT_EQ(number("0.5",
                   "0.5\x1f"
                   "0.5"),
            1);
}

TEST(SkewReport, WhatWasKeptIsReadBackNewestLast) {
  const TemporaryFolder folder;
  const std::string file = folder / "served.jsonl";
  EXPECT_THAT(serving::read_served(file, 10).error().to_text(),
              HasSubstr("no served vector has been kept"));
  const std::string line =
      R"({"at":"2026-01-02T03:04:05.000006Z","log_offset":7,"entities":{"b":"x","a":"y"},)"
      R"("features":{"n@1":1.50,"t@2":"é","v@1":[0.5,1.0],"l@1":["p","q"],"z@1":null,"f@1":true}})";
  must(write_file_atomic(file + ".1", line + "\n"));
  must(write_file_atomic(file, line + "\n{\"at\":\"2026-"));
  const auto read = take(serving::read_served(file, 10));
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(take(serving::read_served(file, 1)).size(), 1U);
  EXPECT_EQ(format_utc(read[0].at), "2026-01-02T03:04:05.000006Z");
  EXPECT_EQ(read[0].log_offset, 7);
  EXPECT_EQ(read[0].keys[0], std::pair(std::string("b"), std::string("x")));
  const auto& features = read[0].features;
  ASSERT_EQ(features.size(), 6U);
  EXPECT_TRUE(features[0].second.numeric);
  EXPECT_EQ(features[1].second.text, "é");
  EXPECT_EQ(features[2].second.text,
            "0.5\x1f"
            "1.0");
  EXPECT_FALSE(features[3].second.numeric);
  EXPECT_EQ(features[4].second.text, std::nullopt);
  EXPECT_EQ(features[5].second.text, "true");
  must(write_file_atomic(file, "{}\n"));
  EXPECT_THAT(serving::read_served(file, 10).error().to_text(),
              HasSubstr("served.jsonl:1: this is no served vector\n  mend: remove the file"));
}

}  // namespace
}  // namespace coterie::cli
