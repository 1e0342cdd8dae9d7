#pragma once
// Values of a query as text, JSON and CSV.

#include <string>
#include <string_view>

#include "cli/session.h"
#include "data/engine/engine.h"

namespace coterie::cli {

// For people: dates and times in ISO form, reals to 6 significant digits, null as "".
std::string cell_text(const data::ColumnView& column, int64_t row);
// Exact: integers and decimals as numbers, times as ISO text in UTC. Integers beyond int64 become
// reals. Columns of ValueType::kOther must have been cast to VARCHAR.
Json cell_json(const data::ColumnView& column, int64_t row);
// RFC 4180: exact text, quoted where needed, null as nothing and empty text as "".
std::string cell_csv(const data::ColumnView& column, int64_t row);
std::string csv_quote(std::string_view text);

// Minor units with `scale` digits behind the point: 1234, 2 -> "12.34".
std::string decimal_text(int64_t unscaled, int scale);
// "2026-11-21".
std::string date_text(int32_t days);

}  // namespace coterie::cli
