#include "data/datasets/dataset_d.h"

#include <fmt/format.h>

#include "data/datasets/sources_internal.h"

namespace coterie::data {
namespace {

constexpr int kTrailingDays = 7;
constexpr int kTrailingWeeks = 4;
constexpr int kYearDays = 365;

DatasetTable sales_table(std::string_view name, SalesPeriod period) {
  const bool weekly = period == SalesPeriod::kWeek;
  DatasetTable table{
      name,
      weekly ? "one row an article and ISO week in which it was bought or returned"
             : "one row an article and day on which it was bought or returned",
      {{"article_id", "article", "the article"},
       {"date", "DATE", weekly ? "the week's Monday" : "the day"},
       {"daily_sales", weekly ? "DOUBLE" : "BIGINT",
        weekly ? "weekly_sales by day of that week up to today" : "units bought minus returned"},
       {"daily_revenue", weekly ? "DOUBLE" : "money",
        weekly ? "weekly_revenue by day of that week up to today, in major units"
               : "price x quantity over purchases and returns"},
       {"price", "DOUBLE", "mean paid for a unit bought, in major units; null without purchases"},
       {"moving_avg", "DOUBLE",
        weekly ? "mean daily sales of the 4 weeks that end with this one; weeks without sales "
                 "count as 0"
               : "mean daily sales of the 7 days that end with this one; days without sales count "
                 "as 0"},
       {"seasonality_index", "DOUBLE",
        "mean daily sales of the article's category in that ISO week of the year, divided by the "
        "mean of that over all weeks; 1 with less than a year of sales"},
       {"product_name", "name", "the article's name"},
       {"returned_units", "BIGINT", "units returned, which daily_sales is net of"}},
      {"article_id", "date"},
      "date",
      {"date", "article_id"}};
  if (weekly) {
    table.columns.push_back({"weekly_sales", "BIGINT", "units bought minus returned"});
    table.columns.push_back(
        {"weekly_revenue", "money", "price x quantity over purchases and returns"});
  }
  return table;
}

std::string monday(const std::string& day) {
  return fmt::format("CAST(date_trunc('week', {}) AS DATE)", day);
}

}  // namespace

DatasetInfo dataset_d_info() {
  return {'D',
          "sales",
          {sales_table("dataset_d_sales_daily", SalesPeriod::kDay),
           sales_table("dataset_d_sales_weekly", SalesPeriod::kWeek)},
          {"transactions", "order_items", "events"},
          {"orders", "items", "categories"},
          {{"daily_revenue, price", {"transactions.price", "order_items.price"}},
           {"product_name", {"items.product_name"}}},
          {"Returns are netted on the day on which they came back, so a day may be negative; "
           "daily_sales + returned_units is what was bought. Guests count.",
           "Seasonality is over the days from the first sale to today, of all of which a category "
           "without sales counts as 0; where a category's mean is not positive the index is 1. "
           "Articles without a category form one."}};
}

std::string sales_sums_sql(const Facts& facts, SalesPeriod period, const std::string& scope) {
  const std::string purchases = purchases_sql(facts, scope);
  if (purchases.empty()) return "";
  const std::string date = period == SalesPeriod::kDay ? "day" : monday("day");
  return fmt::format(R"(SELECT article_id, {} AS date, CAST(sum(quantity) AS BIGINT) AS units,
       CAST(sum(amount) AS {}) AS revenue,
       sum(CASE WHEN quantity > 0 THEN amount END)::DOUBLE
         / nullif(sum(CASE WHEN quantity > 0 AND price IS NOT NULL THEN quantity END), 0)::DOUBLE
         AS price,
       CAST(-sum(least(quantity, 0)) AS BIGINT) AS returned_units
FROM ({}) WHERE article_id IS NOT NULL GROUP BY ALL)",
                     date, facts.money_type(), purchases);
}

bool has_seasonality(const Facts& facts) { return facts.today - facts.first_sale + 1 >= kYearDays; }

std::string seasonality_sql(const Facts& facts, const std::string& daily_sums) {
  if (!has_seasonality(facts))
    return "SELECT NULL::VARCHAR AS category, 0::BIGINT AS week, 1.0::DOUBLE AS seasonality_index "
           "WHERE false";
  return fmt::format(
      R"(WITH articles AS (
    {articles}
), calendar AS (
    SELECT week(day) AS week, count(*) AS days
    FROM (SELECT {first} + age::INTEGER AS day FROM range({days}) AS ages(age)) GROUP BY week
), sold AS (
    SELECT category, week(date) AS week, sum(units) AS units
    FROM ({sums}) LEFT JOIN articles USING (article_id) GROUP BY category, week(date)
), means AS (
    SELECT c.category, calendar.week, coalesce(sold.units, 0)::DOUBLE / days AS mean
    FROM (SELECT DISTINCT category FROM sold) c CROSS JOIN calendar
         LEFT JOIN sold ON sold.category IS NOT DISTINCT FROM c.category
                       AND sold.week = calendar.week
), levels AS (
    SELECT category, sum(mean ORDER BY week) / count(*) AS level FROM means GROUP BY category
)
SELECT means.category, week, CASE WHEN level > 0 THEN mean / level ELSE 1 END AS seasonality_index
FROM means JOIN levels ON means.category IS NOT DISTINCT FROM levels.category)",
      fmt::arg("articles", articles_sql(facts)), fmt::arg("first", sql_date(facts.first_sale)),
      fmt::arg("days", facts.today - facts.first_sale + 1), fmt::arg("sums", daily_sums));
}

std::string sales_table_sql(const Facts& facts, SalesPeriod period, const std::string& sums,
                            const std::string& seasonality) {
  const bool weekly = period == SalesPeriod::kWeek;
  const std::string days = fmt::format("least(7, {} - s.date + 1)", sql_date(facts.today));
  const std::string trailing = fmt::format(
      "sum(units) OVER (PARTITION BY s.article_id ORDER BY s.date RANGE BETWEEN INTERVAL {} DAY "
      "PRECEDING AND CURRENT ROW)::DOUBLE",
      look_back_days(period));
  // The newest week may be cut short by today: its average is over the days that there were.
  const std::string trailing_days = weekly ? fmt::format("({} + {})", look_back_days(period), days)
                                           : std::to_string(kTrailingDays);
  return fmt::format(
      R"(SELECT s.article_id, s.date, {sales} AS daily_sales, {revenue} AS daily_revenue, price,
       {trailing} / {trailing_days} AS moving_avg,
       coalesce(seasonality_index, 1.0) AS seasonality_index,
       product_name, returned_units{more}
FROM ({sums}) s LEFT JOIN ({articles}) a ON a.article_id = s.article_id
     LEFT JOIN ({seasonality}) i ON i.category IS NOT DISTINCT FROM a.category AND i.week = week(s.date))",
      fmt::arg("sales", weekly ? "units::DOUBLE / " + days : "units"),
      fmt::arg("revenue", weekly ? "revenue::DOUBLE / " + days : "revenue"),
      fmt::arg("trailing", trailing), fmt::arg("trailing_days", trailing_days),
      fmt::arg("more", weekly ? ", units AS weekly_sales, revenue AS weekly_revenue" : ""),
      fmt::arg("sums", sums), fmt::arg("articles", articles_sql(facts)),
      fmt::arg("seasonality", seasonality));
}

int32_t look_back_days(SalesPeriod period) {
  return period == SalesPeriod::kWeek ? 7 * (kTrailingWeeks - 1) : kTrailingDays - 1;
}

}  // namespace coterie::data
