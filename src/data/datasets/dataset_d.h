#pragma once
// Dataset D: sales of each article by day and by week, with trailing average and seasonality.
//
// Built in two stages, so that a changed day costs what that day costs: *sums*, one row an article
// and period, which depend on that period's facts alone, and the finished table, which adds what
// looks at other periods.

#include <string>

#include "data/datasets/dataset_table.h"
#include "data/datasets/facts_internal.h"

namespace coterie::data {

DatasetInfo dataset_d_info();

enum class SalesPeriod { kDay, kWeek };

// (article_id, date, units, revenue, price, returned_units) for periods whose facts meet `scope` (a
// condition on day; whole periods), without order.
std::string sales_sums_sql(const Facts& facts, SalesPeriod period, const std::string& scope);

// Whether there is a year of sales, so that seasonality_index is not 1 and every new day moves the
// index of all days.
bool has_seasonality(const Facts& facts);

// (category, week, seasonality_index) from daily sums.
std::string seasonality_sql(const Facts& facts, const std::string& daily_sums);

// The finished rows over `sums` (SELECT or table), which must hold the periods before a row that
// its moving average covers; `seasonality`: a SELECT or table as above. Without order.
std::string sales_table_sql(const Facts& facts, SalesPeriod period, const std::string& sums,
                            const std::string& seasonality);

// Days before a period's first day that its moving average looks back on.
int32_t look_back_days(SalesPeriod period);

}  // namespace coterie::data
