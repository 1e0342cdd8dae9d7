#include "base/clock.h"

#include <cstdint>
#include <random>

#include <gtest/gtest.h>

#include "base/counted.h"

namespace coterie {
namespace {

TEST(Clock, WritesUtcText) {
  EXPECT_EQ(format_utc(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_utc(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_utc(1'795'251'747'000'000), "2026-11-21T09:02:27.000000Z");
  EXPECT_EQ(format_utc(951'782'400 * kMicrosPerSecond), "2000-02-29T00:00:00.000000Z");
}

TEST(Clock, ReadsWhatItWrites) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const Micros first = *parse_utc("0000-01-01");
  const Micros last = *parse_utc("9999-12-31T23:59:59.999999Z");
  for (int i = 0; i < 2000; ++i) {
    const Micros at = std::uniform_int_distribution<Micros>(first, last)(random);
    ASSERT_EQ(*parse_utc(format_utc(at)), at) << format_utc(at);
  }
}

TEST(Clock, ReadsDatesAndShortFractions) {
  EXPECT_EQ(*parse_utc("1970-01-02"), kMicrosPerDay);
  EXPECT_EQ(*parse_utc("1970-01-01T00:00:01Z"), kMicrosPerSecond);
  EXPECT_EQ(*parse_utc("1970-01-01 00:00:00.25Z"), 250'000);
}

TEST(Clock, RefusesWhatIsNotATime) {
  for (const char* text :
       {"", "1970", "1970-1-1", "2023-02-29", "2023-13-01", "2023-00-10", "1970-01-01T",
        "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z",
        "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00.1234567Z",
        "1970-01-01T00:00:00.12x4Z", "1970-01-01x", "1970/01/01", "+970-01-01", "1970-01-01TZ"}) {
    EXPECT_FALSE(parse_utc(text).ok()) << text;
  }
  EXPECT_EQ(parse_utc("tomorrow").error().to_text(),
            "not a UTC time: 'tomorrow'\n  mend: write 2026-11-21T09:02:27Z or 2026-11-21");
}

TEST(Clock, WritesDurations) {
  EXPECT_EQ(format_duration(0), "0 ms");
  EXPECT_EQ(format_duration(-3), "0 ms");
  EXPECT_EQ(format_duration(0.0004), "0.4 ms");
  EXPECT_EQ(format_duration(0.85), "850 ms");
  EXPECT_EQ(format_duration(0.9996), "1.0 s");
  EXPECT_EQ(format_duration(3.21), "3.2 s");
  EXPECT_EQ(format_duration(59.96), "1 min 00 s");
  EXPECT_EQ(format_duration(125), "2 min 05 s");
  EXPECT_EQ(format_duration(3599.6), "1 h 00 min");
  EXPECT_EQ(format_duration(7500), "2 h 05 min");
  EXPECT_EQ(format_duration(1e300), "forever");
}

TEST(Clock, WritesCountsAndBytes) {
  EXPECT_EQ(counted(0, "day"), "0 days");
  EXPECT_EQ(counted(1, "day"), "1 day");
  EXPECT_EQ(counted(1'234, "day"), "1,234 days");
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(-1000), "-1,000");
  EXPECT_EQ(format_count(1'234'567), "1,234,567");
  EXPECT_EQ(format_count(INT64_MIN), "-9,223,372,036,854,775,808");
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1024), "1.0 KiB");
  EXPECT_EQ(format_bytes((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(format_bytes(int64_t{6} << 28), "1.5 GiB");
  EXPECT_EQ(format_bytes(INT64_MAX), "8.0 EiB");
}

TEST(Clock, StopwatchNeverRunsBackwards) {
  const Stopwatch watch;
  const double first = watch.seconds();
  EXPECT_GE(first, 0);
  EXPECT_GE(watch.seconds(), first);
}

}  // namespace
}  // namespace coterie
