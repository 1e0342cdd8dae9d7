#include <filesystem>
#include <iterator>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "data/warehouse/day_mask_internal.h"
#include "data/warehouse/test_warehouse_internal.h"

namespace coterie::data {
namespace {

// `rows` rows of value `value` on each day of [first, last].
std::string days(int first, int last, int rows, int value) {
  return "select date '1970-01-01' + d::integer as day, " + std::to_string(value) +
         " as v, r::integer as r from range(" + std::to_string(first) + ", " +
         std::to_string(last + 1) + ") a(d), range(" + std::to_string(rows) + ") b(r)";
}

TEST(ReplaceDays, ReplacesDaysInsideABulkPart) {
  TestWarehouse test;
  test.replace("t", days(100, 199, 3, 1), {.day_column = "day"});
  test.replace_days("t", days(150, 150, 5, 2), 150, 150);
  EXPECT_EQ(test.info("t").rows, 99 * 3 + 5);
  EXPECT_EQ(test.info("t").parts, 2);
  EXPECT_EQ(test.number("select count(*) from t"), 99 * 3 + 5);
  EXPECT_EQ(test.number("select count(*) from t where v = 2 and day = date '1970-05-31'"), 5);
  EXPECT_EQ(test.number("select count(*) from t where v = 1 and day = date '1970-05-31'"), 0);
}

TEST(ReplaceDays, RemovesPartsThatAreReplacedWhole) {
  TestWarehouse test;
  test.replace("t", days(100, 109, 2, 1), {.day_column = "day"});
  test.append("t", days(110, 110, 2, 1));
  test.append("t", days(111, 111, 2, 1));
  test.replace_days("t", days(110, 111, 1, 2), 110, 111);
  EXPECT_EQ(test.info("t").parts, 2);
  EXPECT_EQ(test.info("t").rows, 22);
  test.replace_days("t", days(100, 109, 1, 3), 0, 109);
  EXPECT_EQ(test.info("t").parts, 2);
  EXPECT_EQ(test.info("t").rows, 12);
}

TEST(ReplaceDays, WithoutRowsRemovesTheDays) {
  TestWarehouse test;
  test.replace("t", days(100, 109, 2, 1), {.day_column = "day"});
  test.replace_days("t", days(100, 99, 1, 1), 102, 104);
  EXPECT_EQ(test.info("t").rows, 14);
  EXPECT_EQ(test.number("select count(distinct day) from t"), 7);
}

TEST(ReplaceDays, AlsoReplacesWhatWasAppendedMeanwhile) {
  TestWarehouse test;
  test.replace("t", days(100, 109, 1, 1), {.day_column = "day"});
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  take(transaction.replace_days("t", connection, days(105, 105, 1, 2), 105, 105));
  test.append("t", days(105, 106, 1, 3));
  take(transaction.commit());
  EXPECT_EQ(test.text("select string_agg(v, ',' order by v) from t where day = date '1970-04-16'"),
            "2");
  EXPECT_EQ(test.text("select string_agg(v, ',' order by v) from t where day = date '1970-04-17'"),
            "1,3");
}

TEST(ReplaceDays, OldSnapshotsKeepTheOldDays) {
  TestWarehouse test;
  test.replace("t", days(100, 109, 1, 1), {.day_column = "day"});
  const Snapshot before = take(test.warehouse.snapshot());
  test.replace_days("t", days(105, 105, 1, 2), 105, 105);
  Connection connection = test.connect();
  must(before.attach(connection));
  EXPECT_EQ(take(connection.scalar_int("select sum(v)::bigint from t")), 10);
  EXPECT_EQ(test.number("select sum(v)::bigint from t"), 11);
}

TEST(ReplaceDays, RefusesOtherDays) {
  TestWarehouse test;
  test.replace("t", days(100, 109, 1, 1), {.day_column = "day"});
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  const Result<int64_t> refused =
      transaction.replace_days("t", connection, days(104, 105, 2, 2), 105, 105);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().to_text(),
            "table 't', column 'day': 2 rows are of 1970-04-15, outside the days to replace, "
            "1970-04-16 to 1970-04-16\n  mend: select these days only");
  take(transaction.commit());
  EXPECT_EQ(test.info("t").version, 1);
}

TEST(ReplaceDays, RefusesRowsWithoutADayAndTablesWithoutDays) {
  TestWarehouse test;
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  const Result<int64_t> null_day = transaction.append(
      "t", connection, "select null::date as day, 1 as v", {.day_column = "day"});
  EXPECT_EQ(null_day.error().to_text(),
            "table 't', column 'day': 1 rows have no day\n"
            "  mend: leave these rows out, or give them a day");
  take(transaction.replace("u", connection, "select 1 as a"));
  EXPECT_EQ(transaction.replace_days("u", connection, "select 1 as a", 1, 2).error().to_text(),
            "table 'u': days can be replaced only in a table with a day column\n"
            "  mend: declare TableOptions::day_column, or replace the whole table");
}

TEST(ReplaceDays, CreatesTheTable) {
  TestWarehouse test;
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  take(transaction.replace_days("t", connection, days(5, 6, 1, 1), 5, 6, {.day_column = "day"}));
  take(transaction.commit());
  EXPECT_EQ(test.info("t").rows, 2);
}

TEST(ReplaceDays, TakesRowsThatTheCallerWrites) {
  TestWarehouse test;
  test.replace("t", days(100, 109, 2, 1), {.day_column = "day"});
  const Snapshot before = take(test.warehouse.snapshot());
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  EXPECT_EQ(take(transaction.replace_days("t", connection, test.written_rows(days(104, 106, 3, 2)),
                                          103, 106)),
            9);
  test.append("t", days(106, 107, 1, 3));  // meanwhile
  take(transaction.commit());
  EXPECT_EQ(test.info("t").rows, 6 * 2 + 9 + 1);
  EXPECT_EQ(test.number("select count(*) from t"), 6 * 2 + 9 + 1);
  EXPECT_EQ(test.text("select string_agg(distinct v, ',' order by v) from t where day between date "
                      "'1970-04-14' and date '1970-04-17'"),
            "2");
  must(before.attach(connection));
  EXPECT_EQ(take(connection.scalar_int("select count(*) from t where v = 1")), 20);
}

TEST(ReplaceDays, RefusesRowsOfOtherDaysAndLeavesNoFile) {
  TestWarehouse test;
  test.replace("t", days(100, 109, 1, 1), {.day_column = "day"});
  const auto files = [&] {
    const std::filesystem::directory_iterator all(test.folder / "warehouse/t");
    return std::distance(begin(all), end(all));
  };
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  const RowSource rows = test.written_rows(days(104, 105, 2, 2));
  const auto refusal = [&](const std::string& table, int first, int last) {
    return transaction.replace_days(table, connection, rows, first, last).error().to_text();
  };
  EXPECT_EQ(refusal("t", 105, 110),
            "table 't', column 'day': 2 rows are of 1970-04-15, outside the days to replace, "
            "1970-04-16 to 1970-04-21\n  mend: write rows of these days only");
  EXPECT_EQ(refusal("t", 105, 104),
            "table 't': the first day, 1970-04-16, is behind the last, 1970-04-15");
  EXPECT_EQ(refusal("u", 104, 105),
            "table 'u': days can be replaced only in a table with a day column\n"
            "  mend: declare TableOptions::day_column, or replace the whole table");
  EXPECT_EQ(files(), 1);
  take(transaction.commit());
  EXPECT_EQ(test.info("t").version, 1);
  EXPECT_EQ(test.number("select count(*) from t where v = 1"), 10);
}

TEST(ReplaceDays, AgreesWithAMapOfDays) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  TestWarehouse test;
  std::map<int, std::map<int, int>> expected;  // day -> value -> rows
  test.replace("t", days(0, 39, 2, 0), {.day_column = "day"});
  for (int day = 0; day < 40; ++day) expected[day][0] = 2;
  for (int value = 1; value <= 40; ++value) {
    const int first = below(45);
    const int last = first + below(5);
    const int rows = below(3);
    if (below(3) == 0) {
      test.append("t", days(first, last, rows, value));
    } else {
      below(2) == 0 ? test.replace_days("t", days(first, last, rows, value), first, last)
                    : test.replace_days_by_rows("t", days(first, last, rows, value), first, last);
      for (int day = first; day <= last; ++day) expected[day].clear();
    }
    for (int day = first; day <= last; ++day) {
      if (rows > 0) expected[day][value] += rows;
    }
  }
  std::string want;
  int64_t total = 0;
  for (const auto& [day, values] : expected) {
    for (const auto& [value, rows] : values) {
      want += std::to_string(day) + ":" + std::to_string(value) + ":" + std::to_string(rows) + " ";
      total += rows;
    }
  }
  EXPECT_EQ(test.text("select coalesce(string_agg(d || ':' || v || ':' || n || ' ', '' order by d, "
                      "v), '') from (select day - date '1970-01-01' as d, v, count(*) as n from t "
                      "group by all)"),
            want);
  EXPECT_EQ(test.info("t").rows, total);
  take(test.warehouse.compact(test.engine, 1));
  EXPECT_EQ(test.number("select count(*) from t"), total);
  EXPECT_EQ(test.info("t").rows, total);
}

TEST(DayMask, MergesTouchingRanges) {
  DayMask mask;
  mask.add(10, 12);
  mask.add(20, 20);
  mask.add(13, 14);
  EXPECT_EQ(mask.to_text(), "10:14,20:20");
  mask.add(15, 19);
  EXPECT_EQ(mask.to_text(), "10:20");
  mask.add(-5, -3);
  EXPECT_EQ(mask.to_text(), "-5:-3,10:20");
  EXPECT_TRUE(mask.hides(-4));
  EXPECT_FALSE(mask.hides(0));
  EXPECT_EQ(mask.to_sql("d"),
            "NOT (\"d\" BETWEEN DATE '1969-12-27' AND DATE '1969-12-29' OR \"d\" BETWEEN DATE "
            "'1970-01-11' AND DATE '1970-01-21')");
}

TEST(DayMask, ParsesWhatItWrites) {
  for (const char* text : {"", "5:5", "-5:-3,10:20", "0:2147483647"}) {
    EXPECT_EQ(take(DayMask::parse(text)).to_text(), text);
  }
  for (const char* text : {"5", "5:", ":5", "5:4", "1:2,", "1:2;3:4", "x"}) {
    EXPECT_EQ(DayMask::parse(text).error().code, ErrorCode::kCorrupt) << text;
  }
}

}  // namespace
}  // namespace coterie::data
