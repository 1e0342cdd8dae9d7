#include "synth/calendar.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::synth {
namespace {

using testing::Contains;
using testing::Field;

TEST(Calendar, DatesAndNumbersAgreeBothWays) {
  EXPECT_EQ(day_number({1970, 1, 1}), 0);
  EXPECT_EQ(day_number({2025, 9, 30}), 20'361);
  for (int32_t day = -800; day < 30'000; day += 17) {
    EXPECT_EQ(day_number(civil_date(day)), day);
  }
}

TEST(Calendar, WeekdaysAreRight) {
  EXPECT_EQ(weekday(day_number({1970, 1, 1})), 3);    // Thursday
  EXPECT_EQ(weekday(day_number({2024, 2, 29})), 3);   // Thursday
  EXPECT_EQ(weekday(day_number({2025, 9, 29})), 0);   // Monday
  EXPECT_EQ(weekday(day_number({1969, 12, 28})), 6);  // Sunday
}

TEST(Calendar, DayOfYearCountsFromZero) {
  EXPECT_EQ(day_of_year(day_number({2023, 1, 1})), 0);
  EXPECT_EQ(day_of_year(day_number({2024, 12, 31})), 365);
}

TEST(Calendar, EasterFallsOnItsSundays) {
  EXPECT_EQ(easter_sunday(2000), day_number({2000, 4, 23}));
  EXPECT_EQ(easter_sunday(2019), day_number({2019, 4, 21}));
  EXPECT_EQ(easter_sunday(2024), day_number({2024, 3, 31}));
  EXPECT_EQ(easter_sunday(2025), day_number({2025, 4, 20}));
  EXPECT_EQ(easter_sunday(2038), day_number({2038, 4, 25}));  // the latest possible
}

TEST(Calendar, BlackFridayFollowsTheFourthThursday) {
  EXPECT_EQ(black_friday(2023), day_number({2023, 11, 24}));
  EXPECT_EQ(black_friday(2024), day_number({2024, 11, 29}));
  EXPECT_EQ(black_friday(2018), day_number({2018, 11, 23}));  // 1 November is a Thursday
}

TEST(Calendar, NamedDaysAreUniqueAscendingAndInside) {
  const int32_t first = day_number({2005, 1, 1}), last = day_number({2009, 12, 31});
  const auto days = named_days(first, last);
  std::set<int32_t> seen;
  for (size_t i = 0; i < days.size(); ++i) {
    EXPECT_TRUE(seen.insert(days[i].day).second) << days[i].name;
    EXPECT_GE(days[i].day, first);
    EXPECT_LE(days[i].day, last);
    if (i > 0) {
      EXPECT_GT(days[i].day, days[i - 1].day);
    }
  }
  // In 2008 Ascension Day falls on 1 May: one name a day.
  EXPECT_EQ(days.size(), 5u * 13 - 1);
  EXPECT_THAT(days, Contains(Field(&NamedDay::name, "Christmas Eve")).Times(5));
}

}  // namespace
}  // namespace coterie::synth
