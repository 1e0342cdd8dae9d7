#include <string>

#include <gtest/gtest.h>

#include "data/warehouse/test_warehouse_internal.h"

namespace coterie::data {
namespace {

std::string days(int first, int last) {
  return "select date '1970-01-01' + d::integer as day from range(" + std::to_string(first) + ", " +
         std::to_string(last + 1) + ") a(d)";
}

// "105,106-": changed days, those that lost rows with a minus.
std::string changed(TestWarehouse& test, int64_t since) {
  std::string text;
  const Snapshot snapshot = take(test.warehouse.snapshot());
  for (const DayChange& change : take(snapshot.changed_days("t", since)))
    text +=
        (text.empty() ? "" : ",") + std::to_string(change.day) + (change.rows_removed ? "-" : "");
  return text;
}

TEST(ChangedDays, TellAppendsFromReplacements) {
  TestWarehouse test;
  const int64_t first = test.replace("t", days(100, 102), {.day_column = "day"});
  EXPECT_EQ(changed(test, 0), "100,101,102");
  EXPECT_EQ(changed(test, first), "");
  const int64_t second = test.append("t", days(102, 104));
  EXPECT_EQ(changed(test, first), "102,103,104");
  test.replace_days("t", days(101, 101), 101, 101);
  EXPECT_EQ(changed(test, second), "101-");
  EXPECT_EQ(changed(test, first), "101-,102,103,104");
}

TEST(ChangedDays, KnowDaysThatAreGone) {
  TestWarehouse test;
  const int64_t first = test.replace("t", days(100, 103), {.day_column = "day"});
  test.replace_days("t", days(1, 0), 101, 102);
  EXPECT_EQ(changed(test, first), "101-,102-");
  const int64_t second = test.replace("t", days(105, 105));
  EXPECT_EQ(changed(test, second - 1), "100-,101-,102-,103-,105");
  test.drop("t");
  EXPECT_EQ(changed(test, second), "105-");
}

TEST(ChangedDays, SurvivePruningAndAreNotMadeByCompaction) {
  TestWarehouse test;
  const int64_t first = test.replace("t", days(100, 100), {.day_column = "day"});
  for (int day = 101; day < 110; ++day) test.append("t", days(day, day));
  test.replace_days("t", days(1, 0), 105, 105);
  const int64_t before = take(test.warehouse.snapshot()).version();
  take(test.warehouse.compact(test.engine, 2));
  take(test.warehouse.gc(1));
  EXPECT_EQ(changed(test, before), "");
  EXPECT_EQ(changed(test, first), "101,102,103,104,105-,106,107,108,109");
}

TEST(ChangedDays, OfATableWithoutDaysAreNone) {
  TestWarehouse test;
  test.replace("t", "select 1 as a");
  EXPECT_EQ(changed(test, 0), "");
}

}  // namespace
}  // namespace coterie::data
