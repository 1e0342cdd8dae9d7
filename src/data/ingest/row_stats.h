#pragma once
// One pass over the planned rows: what becomes of each, by file; and the rows that are refused.

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "data/ingest/role_plan.h"
#include "data/ingest/session_internal.h"

namespace coterie::data {

struct DaySpan {
  int32_t first = 0;
  int32_t last = -1;
  bool empty() const { return first > last; }
  void include(const DaySpan& other);
  bool meets(const DaySpan& other) const {
    return !empty() && !other.empty() && first <= other.last && other.first <= last;
  }
};

struct RowStats {
  int64_t read = 0;  // faulty records included
  int64_t loaded = 0;
  int64_t rejected = 0;             // faulty records included
  std::vector<int64_t> by_outcome;  // as RolePlan::outcomes
  std::vector<int64_t> counted;     // as RolePlan::counted
  std::vector<DaySpan> file_days;   // of loaded rows, as Relation::files
};

Result<RowStats> count_rows(const RolePlan& plan, const OpenSource& opened, Connection& connection);

inline constexpr const char* kRejectsTable = "rejects";
// Makes the empty temporary table kRejectsTable (file, line, column_name, reason, raw, run_id).
Status make_rejects_table(Connection& connection);
// Makes it anew and fills it with all rows that are refused; returns the first few, in order.
Result<std::vector<RejectedExample>> collect_rejects(const RolePlan& plan, const OpenSource& opened,
                                                     const std::string& run_id,
                                                     Connection& connection);

// kInvalidInput when more rows are refused than the source allows.
Status check_rejected_share(const RolePlan& plan, const RowStats& stats,
                            const std::vector<RejectedExample>& examples);

}  // namespace coterie::data
