#include "base/timezone.h"

#include <cstdlib>
#include <ctime>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie {
namespace {

Micros at(const std::string& text) { return *parse_utc(text); }

TimeZone zone(const std::string& name) {
  auto loaded = TimeZone::load(name);
  CHECK(loaded.ok());
  return *std::move(loaded);
}

TEST(TimeZone, UnknownNamesAreRefusedWithTheNearest) {
  const auto wrong = TimeZone::load("Europe/Stokholm");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().to_text(),
            "'Europe/Stokholm' is not an IANA time zone\n  mend: did you mean 'Europe/Stockholm'?");
  EXPECT_FALSE(TimeZone::load("../../etc/passwd").ok());
  EXPECT_FALSE(TimeZone::load("").ok());
  EXPECT_FALSE(TimeZone::load("posix/UTC").ok());
  EXPECT_THAT(time_zone_names(), testing::IsSupersetOf({"UTC", "Asia/Tokyo", "Etc/GMT+5"}));
}

TEST(TimeZone, DaysEndAtLocalMidnight) {
  const TimeZone stockholm = zone("Europe/Stockholm");
  const auto day = static_cast<int32_t>(at("2024-07-01") / kMicrosPerDay);
  EXPECT_EQ(format_utc(stockholm.day_end(day)), "2024-07-01T21:59:59.999999Z");
  EXPECT_EQ(format_utc(stockholm.day_end(day + 183)), "2024-12-31T22:59:59.999999Z");
  EXPECT_EQ(stockholm.day_of(at("2024-07-01T22:00:00Z")), day + 1);
  EXPECT_EQ(stockholm.day_of(at("2024-07-01T21:59:59Z")), day);
  EXPECT_EQ(zone("UTC").day_end(0), kMicrosPerDay - 1);
}

TEST(TimeZone, RepeatedHourIsItsFirstAndSkippedHourUsesTheOffsetBefore) {
  const TimeZone stockholm = zone("Europe/Stockholm");
  // Clocks went back at 03:00 on 2024-10-27 and forward at 02:00 on 2024-03-31.
  EXPECT_EQ(format_utc(stockholm.to_utc(at("2024-10-27T02:30:00Z"))),
            "2024-10-27T00:30:00.000000Z");
  EXPECT_EQ(format_utc(stockholm.to_utc(at("2024-03-31T02:30:00Z"))),
            "2024-03-31T01:30:00.000000Z");
  EXPECT_EQ(format_utc(stockholm.to_utc(at("2024-03-31T03:30:00Z"))),
            "2024-03-31T01:30:00.000000Z");
}

TEST(TimeZone, AMidnightThatIsSkippedBeginsTheDayAtTheChange) {
  const TimeZone sao_paulo = zone("America/Sao_Paulo");
  const auto day = static_cast<int32_t>(at("2017-10-15") / kMicrosPerDay);
  EXPECT_EQ(format_utc(sao_paulo.day_start(day)), "2017-10-15T03:00:00.000000Z");
  EXPECT_EQ(sao_paulo.day_of(sao_paulo.day_start(day)), day);
  EXPECT_EQ(sao_paulo.day_of(sao_paulo.day_end(day - 1)), day - 1);
}

TEST(TimeZone, ADayThatNeverWas) {
  // Samoa crossed the date line: 2011-12-30 does not exist there.
  const TimeZone apia = zone("Pacific/Apia");
  const auto day = static_cast<int32_t>(at("2011-12-29") / kMicrosPerDay);
  EXPECT_EQ(apia.day_of(apia.day_end(day)), day);
  EXPECT_EQ(apia.day_of(apia.day_end(day) + 1), day + 2);
}

// The C library reads the same files by its own means.
TEST(TimeZone, AgreesWithTheCLibrary) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (const char* name :
       {"Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca",
        "America/Sao_Paulo", "Asia/Kolkata", "Europe/Dublin", "Pacific/Apia", "Asia/Gaza"}) {
    ASSERT_EQ(setenv("TZ", name, 1), 0);
    tzset();
    const TimeZone ours = zone(name);
    for (int i = 0; i < 20'000; ++i) {
      // 1850 to 2120
      const auto second = static_cast<time_t>(random() % 8'520'000'000ULL) - 3'786'825'600;
      tm broken{};
      localtime_r(&second, &broken);
      ASSERT_EQ(ours.offset_seconds(second * kMicrosPerSecond), broken.tm_gmtoff)
          << name << " at " << second;
    }
  }
  unsetenv("TZ");
  tzset();
}

// Every instant whose wall time occurs once comes back.
TEST(TimeZone, WallTimeRoundTrip) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (const char* name : {"Europe/Stockholm", "America/New_York", "Pacific/Apia"}) {
    const TimeZone ours = zone(name);
    for (int i = 0; i < 20'000; ++i) {
      const Micros utc = static_cast<Micros>(random() % 4'000'000'000ULL) * kMicrosPerSecond;
      const Micros local = utc + ours.offset_seconds(utc) * kMicrosPerSecond;
      const Micros back = ours.to_utc(local);
      ASSERT_EQ(back + ours.offset_seconds(back) * kMicrosPerSecond, local) << name << " " << utc;
      ASSERT_LE(back, utc);
      ASSERT_LE(utc - back, 26 * (3600 * kMicrosPerSecond)) << name << " " << utc;
    }
  }
}

TEST(TimeZone, TornFilesAreRefused) {
  for (const std::string bytes :
       {"", "TZif", "TZif2 and nothing more at all, really nothing here"}) {
    EXPECT_FALSE(TimeZone::parse("x", bytes).ok());
  }
}

}  // namespace
}  // namespace coterie
