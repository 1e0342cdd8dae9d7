#pragma once
// A source's events as SQL: what the engine filters, projects and computes row by row. Windows are
// never in SQL.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "features/plan/source_plan.h"

namespace coterie::features {

// Which rows are wanted, besides the source's own `where`.
struct EventScope {
  const Entity* entity = nullptr;  // whose codes are bounded; sources of others are read whole
  int64_t first_entity = 0;        // codes [first, end)
  int64_t end_entity = INT64_MAX;
  std::optional<Micros> latest = {};  // no event later than this is needed
};

// Columns in this order: `entity`, its code (INTEGER, never null), `time` and `arrived` (TIMESTAMP,
// or DATE where it holds_days(); only of sources with time; arrival only where the schema has one),
// f0, f1, ... the fields (ids as codes), p0, p1, ... the filters (BOOLEAN). `keys` is the relation
// from keys to codes, "" where the join key is coded by a dictionary (entity_keys.h).
std::string event_sql(const SourcePlan& plan, const std::string& keys, const EventScope& scope);

// Whether a column of times has dates: each means the end of that day, in the schema's zone.
bool holds_days(const SourceSchema& table, const std::string& column);

// One row a different key of the source, as text: k0, k1, ...
std::string distinct_keys_sql(const SourcePlan& plan);

}  // namespace coterie::features
