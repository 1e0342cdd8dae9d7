#pragma once
// Time zones inside SQL: a zone's offset as a decision tree over constants, so that millions of
// rows are converted by comparisons alone, exactly as base/timezone.h converts one.

#include <string>

#include "base/timezone.h"

namespace coterie::data {

// SQL (BIGINT microseconds) of the zone's offset at a UTC instant, resp. of the offset that
// TimeZone::to_utc applies to a wall time; `column` is SQL of a BIGINT of microseconds and is
// repeated about ten times, so it should be a column. Exact from 1900 to 2199.
std::string utc_offset_sql(const TimeZone& zone, const std::string& column);
std::string local_offset_sql(const TimeZone& zone, const std::string& column);

}  // namespace coterie::data
