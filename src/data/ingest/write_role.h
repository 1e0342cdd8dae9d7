#pragma once
// The ways in which loaded rows become part of a role's table.

#include <optional>

#include "data/ingest/report.h"
#include "data/ingest/role_plan.h"
#include "data/ingest/row_stats.h"
#include "data/ingest/session_internal.h"

namespace coterie::data {

// A role's rows, planned and counted, and the table that they go to.
struct RoleWrite {
  LoadSession& session;
  const RolePlan& plan;
  const std::optional<TableInfo>& table;  // as the snapshot has it
  bool losers = false;                    // kLosersTable holds rows to leave out
};

struct Written {
  LoadMode mode = LoadMode::kFull;  // how it was done
  int64_t rows = 0;                 // written
  int64_t rows_in_table = 0;
  int64_t duplicates = 0;  // new rows that gave way to rows of the table
};

// The table becomes these rows.
Result<Written> write_full(const RoleWrite& write);
// These rows are added.
Result<Written> write_append(const RoleWrite& write);
// Rows of the table with a key of these rows give way to them, unless `latest_by` says otherwise.
// Rewrites the days in which such rows lie, or the table where it has none or they are many.
Result<Written> write_upsert(const RoleWrite& write);
// The days of `span` become these rows of those days.
Result<Written> write_days(const RoleWrite& write, const DaySpan& span);

// Removes the rows of these days; returns how many.
Result<int64_t> empty_days(LoadSession& session, const std::string& role, const TableInfo& table,
                           const DaySpan& span);

// rejected_<role>: replaced for a full load, else rows of the named files are replaced.
Status write_rejects(LoadSession& session, const std::string& role, bool full,
                     const std::vector<std::string>& files);

}  // namespace coterie::data
