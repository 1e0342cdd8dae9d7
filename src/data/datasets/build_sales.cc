// Build of D.

#include <algorithm>

#include <fmt/format.h>

#include "data/datasets/builder_internal.h"
#include "data/datasets/dataset_d.h"
#include "data/datasets/sources_internal.h"

namespace coterie::data {
namespace {

// Days since 1970-01-01, a Thursday.
int32_t monday_of(int32_t day) {
  const int32_t weekday = ((day + 3) % 7 + 7) % 7;
  return day - weekday;
}

// One of the two tables, and how to say things of it.
struct Sales {
  SalesPeriod period;
  size_t index;       // in DatasetInfo::tables
  const char* table;  // as stored
  const char* sums;   // temporary table or view of this build
  const char* units;  // stored columns that are the sums
  const char* revenue;
  int32_t step;  // days from one period to the next
};

constexpr Sales kDaily = {
    SalesPeriod::kDay, 0, "dataset_d_sales_daily", "daily_sums", "daily_sales", "daily_revenue", 1};
constexpr Sales kWeekly = {
    SalesPeriod::kWeek, 1, "dataset_d_sales_weekly", "weekly_sums", "weekly_sales",
    "weekly_revenue",   7};

// Periods whose own sums changed.
std::set<int32_t> changed_periods(const DatasetBuilder& builder, const Sales& sales) {
  if (sales.period == SalesPeriod::kDay) return builder.changes().days;
  std::set<int32_t> weeks;
  for (const int32_t day : builder.changes().days) weeks.insert(monday_of(day));
  // What is said of the running week depends on how many of its days there were.
  weeks.insert(monday_of(builder.before().today));
  weeks.insert(monday_of(builder.facts().today));
  return weeks;
}

// These, and the periods whose moving average looks back on them.
std::set<int32_t> touched_periods(const std::set<int32_t>& changed, const Sales& sales) {
  std::set<int32_t> touched;
  for (const int32_t date : changed) {
    for (int32_t later = date; later <= date + look_back_days(sales.period); later += sales.step)
      touched.insert(later);
  }
  return touched;
}

// Days of the periods.
std::set<int32_t> days_of(const std::set<int32_t>& periods, const Sales& sales) {
  std::set<int32_t> days;
  for (const int32_t date : periods) {
    for (int32_t day = date; day < date + sales.step; ++day) days.insert(day);
  }
  return days;
}

std::string dates_in(const std::set<int32_t>& periods, const Sales& sales) {
  // A week's table has only Mondays, so its days stand for it.
  return in_days("date", days_of(periods, sales));
}

// Sums of all periods, as a view: stored ones, and new ones where facts changed.
Status make_sums(DatasetBuilder& builder, const Sales& sales, const std::set<int32_t>& changed) {
  const std::string fresh =
      sales_sums_sql(builder.facts(), sales.period, in_days("day", days_of(changed, sales)));
  RETURN_IF_ERROR(builder.run(fmt::format("CREATE TEMP TABLE new_{} AS {}", sales.sums, fresh)));
  return builder.run(fmt::format(
      "CREATE TEMP VIEW {0} AS SELECT article_id, date, {1} AS units, {2} AS revenue, price, "
      "returned_units FROM facts.{3} WHERE NOT {4} UNION ALL SELECT * FROM new_{0}",
      sales.sums, sales.units, sales.revenue, sales.table, dates_in(changed, sales)));
}

// Finished rows of the touched periods.
std::string touched_rows(const DatasetBuilder& builder, const Sales& sales,
                         const std::set<int32_t>& touched) {
  std::set<int32_t> needed = touched;
  for (const int32_t date : touched) {
    for (int32_t back = date - look_back_days(sales.period); back < date; back += sales.step)
      needed.insert(back);
  }
  const std::string sums =
      fmt::format("SELECT * FROM {} WHERE {}", sales.sums, dates_in(needed, sales));
  return fmt::format("SELECT * FROM ({}) WHERE {}",
                     sales_table_sql(builder.facts(), sales.period, sums, "FROM seasonality"),
                     dates_in(touched, sales));
}

// Without seasonality other periods stay as they are.
Status replace_touched(DatasetBuilder& builder, const Sales& sales) {
  const std::set<int32_t> changed = changed_periods(builder, sales);
  const std::set<int32_t> touched = touched_periods(changed, sales);
  RETURN_IF_ERROR(make_sums(builder, sales, changed));
  RETURN_IF_ERROR(builder.run(fmt::format("CREATE TEMP TABLE {}_touched AS {}", sales.sums,
                                          touched_rows(builder, sales, touched))));
  for (const DayRange& range : contiguous(days_of(touched, sales))) {
    RETURN_IF_ERROR(
        builder.replace_days(sales.index,
                             fmt::format("SELECT * FROM {}_touched WHERE date BETWEEN {} AND {}",
                                         sales.sums, sql_date(range.first), sql_date(range.last)),
                             range));
  }
  return {};
}

// With seasonality every row gets a new index, but only touched ones a new average.
Status rewrite_all(DatasetBuilder& builder, const Sales& sales) {
  const std::set<int32_t> touched = touched_periods(changed_periods(builder, sales), sales);
  const std::string stored = fmt::format(
      "SELECT s.* REPLACE (coalesce(i.seasonality_index, 1.0) AS seasonality_index) FROM facts.{} "
      "s LEFT JOIN ({}) a ON a.article_id = s.article_id LEFT JOIN seasonality i ON i.category IS "
      "NOT DISTINCT FROM a.category AND i.week = week(s.date) WHERE NOT {}",
      sales.table, articles_sql(builder.facts()), dates_in(touched, sales));
  // Rows are sorted by date, and most of what is touched is new: the order hardly suffers.
  return builder.replace(sales.index,
                         stored + " UNION ALL " + touched_rows(builder, sales, touched), false);
}

Status make_seasonality(DatasetBuilder& builder) {
  return builder.run("CREATE TEMP TABLE seasonality AS " +
                     seasonality_sql(builder.facts(), "FROM daily_sums"));
}

Result<DatasetReport> from_nothing(DatasetBuilder& builder) {
  for (const Sales& sales : {kDaily, kWeekly}) {
    RETURN_IF_ERROR(builder.run(fmt::format("CREATE TEMP TABLE {} AS {}", sales.sums,
                                            sales_sums_sql(builder.facts(), sales.period, ""))));
    if (sales.period == SalesPeriod::kDay) RETURN_IF_ERROR(make_seasonality(builder));
    RETURN_IF_ERROR(builder.replace(
        sales.index, sales_table_sql(builder.facts(), sales.period,
                                     fmt::format("FROM {}", sales.sums), "FROM seasonality")));
    // The daily sums are as large as the table.
    RETURN_IF_ERROR(builder.run(fmt::format("DROP TABLE {}", sales.sums)));
  }
  return builder.finish("from nothing");
}

}  // namespace

Result<DatasetReport> build_d(DatasetBuilder& builder) {
  const bool seasonal = has_seasonality(builder.facts());
  if (!builder.incremental() || builder.before().seasonal != seasonal) return from_nothing(builder);
  if (!seasonal) {
    RETURN_IF_ERROR(
        builder.run("CREATE TEMP TABLE seasonality AS " + seasonality_sql(builder.facts(), "")));
    for (const Sales& sales : {kDaily, kWeekly}) RETURN_IF_ERROR(replace_touched(builder, sales));
    return builder.finish(fmt::format("{} changed days", builder.changes().days.size()));
  }
  for (const Sales& sales : {kDaily, kWeekly}) {
    RETURN_IF_ERROR(make_sums(builder, sales, changed_periods(builder, sales)));
    if (sales.period == SalesPeriod::kDay) RETURN_IF_ERROR(make_seasonality(builder));
    RETURN_IF_ERROR(rewrite_all(builder, sales));
  }
  return builder.finish(
      fmt::format("{} changed days, seasonality of all", builder.changes().days.size()));
}

}  // namespace coterie::data
