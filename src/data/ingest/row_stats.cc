#include "data/ingest/row_stats.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"

namespace coterie::data {
namespace {

constexpr int64_t kExamples = 5;

std::string stats_sql(const RolePlan& plan) {
  std::string select = "SELECT file, why, count(*)";
  select += plan.has_day ? ", min(day) FILTER (why = 0), max(day) FILTER (why = 0)"
                         : ", NULL::DATE, NULL::DATE";
  for (size_t i = 0; i < plan.counted.size(); ++i) {
    select += fmt::format(", count(*) FILTER (n{})", i);
  }
  return fmt::format("{} FROM ({}) GROUP BY file, why", select, plan.rows);
}

// CASE why WHEN 3 THEN <what> ... END over the outcomes that reject.
template <typename What>
std::string by_reject(const RolePlan& plan, const What& what) {
  std::string cases;
  for (size_t i = 0; i < plan.outcomes.size(); ++i) {
    if (plan.outcomes[i].rejects()) {
      cases += fmt::format(" WHEN {} THEN {}", i + 1, what(plan.outcomes[i]));
    }
  }
  return cases.empty() ? "NULL::VARCHAR" : "CASE why" + cases + " END";
}

std::string reject_codes(const RolePlan& plan) {
  std::string codes = "-1";
  for (size_t i = 0; i < plan.outcomes.size(); ++i) {
    if (plan.outcomes[i].rejects()) codes += fmt::format(", {}", i + 1);
  }
  return codes;
}

std::string rejects_sql(const RolePlan& plan, const OpenSource& opened, const std::string& run_id) {
  const std::string column =
      by_reject(plan, [](const RowOutcome& outcome) { return quote_text(outcome.name); });
  const std::string reason =
      by_reject(plan, [](const RowOutcome& outcome) { return quote_text(outcome.reason); });
  const std::string raw = by_reject(plan, [&](const RowOutcome& outcome) {
    return plan.columns[static_cast<size_t>(outcome.column)].source + "::VARCHAR";
  });
  return fmt::format(
      "INSERT INTO {} SELECT {}[file + 1], line, {}, {}, left({}, {}), {} FROM ({}) "
      "WHERE why IN ({})",
      kRejectsTable, quote_text_list(opened.relation.files), column, reason, raw, kMaxRawBytes,
      quote_text(run_id), plan.rows, reject_codes(plan));
}

Status append_reader_rejects(const OpenSource& opened, const std::string& run_id,
                             Connection& connection) {
  if (opened.rejects.empty()) return {};
  ASSIGN_OR_RETURN(Appender rows, connection.append_to(kRejectsTable));
  for (const OpenSource::Reject& reject : opened.rejects) {
    RETURN_IF_ERROR(rows.add(opened.relation.files[reject.file]));
    RETURN_IF_ERROR(rows.add(reject.what.line));
    RETURN_IF_ERROR(rows.add_null());
    RETURN_IF_ERROR(rows.add(reject.what.reason));
    RETURN_IF_ERROR(rows.add(reject.what.raw));
    RETURN_IF_ERROR(rows.add(run_id));
    RETURN_IF_ERROR(rows.end_row());
  }
  return rows.close();
}

std::string text_or_empty(const ColumnView& column, int64_t row) {
  return column.is_null(row) ? std::string() : std::string(column.as_text(row));
}

}  // namespace

void DaySpan::include(const DaySpan& other) {
  if (other.empty()) return;
  first = empty() ? other.first : std::min(first, other.first);
  last = std::max(last, other.last);
}

Result<RowStats> count_rows(const RolePlan& plan, const OpenSource& opened,
                            Connection& connection) {
  RowStats stats;
  stats.by_outcome.resize(plan.outcomes.size());
  stats.counted.resize(plan.counted.size());
  stats.file_days.resize(opened.relation.files.size());
  stats.read = stats.rejected = opened.reader_records;
  RETURN_IF_ERROR(connection.for_each_chunk(stats_sql(plan), [&](const Chunk& chunk) -> Status {
    for (int64_t row = 0; row < chunk.rows(); ++row) {
      const auto file = static_cast<size_t>(chunk.column(0).as_int(row));
      const auto why = static_cast<size_t>(chunk.column(1).as_int(row));
      const int64_t count = chunk.column(2).as_int(row);
      stats.read += count;
      if (why == 0) stats.loaded += count;
      if (why > 0) stats.by_outcome[why - 1] += count;
      if (why > 0 && plan.outcomes[why - 1].rejects()) stats.rejected += count;
      if (why == 0 && !chunk.column(3).is_null(row)) {
        stats.file_days[file].include({chunk.column(3).as_days(row), chunk.column(4).as_days(row)});
      }
      for (size_t i = 0; i < stats.counted.size(); ++i) {
        stats.counted[i] += chunk.column(5 + static_cast<int>(i)).as_int(row);
      }
    }
    return {};
  }));
  return stats;
}

Status make_rejects_table(Connection& connection) {
  return connection.execute(fmt::format(
      "CREATE OR REPLACE TEMP TABLE {} (file VARCHAR, line BIGINT, column_name VARCHAR, "
      "reason VARCHAR, raw VARCHAR, run_id VARCHAR)",
      kRejectsTable));
}

Result<std::vector<RejectedExample>> collect_rejects(const RolePlan& plan, const OpenSource& opened,
                                                     const std::string& run_id,
                                                     Connection& connection) {
  RETURN_IF_ERROR(make_rejects_table(connection));
  RETURN_IF_ERROR(append_reader_rejects(opened, run_id, connection));
  RETURN_IF_ERROR(connection.execute(rejects_sql(plan, opened, run_id)));
  std::vector<RejectedExample> examples;
  RETURN_IF_ERROR(connection.for_each_chunk(
      fmt::format("SELECT file, line, column_name, reason, raw FROM {} ORDER BY ALL LIMIT {}",
                  kRejectsTable, kExamples),
      [&](const Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row) {
          examples.push_back({std::string(chunk.column(0).as_text(row)),
                              chunk.column(1).as_int(row), text_or_empty(chunk.column(2), row),
                              std::string(chunk.column(3).as_text(row)),
                              text_or_empty(chunk.column(4), row)});
        }
        return {};
      }));
  return examples;
}

Status check_rejected_share(const RolePlan& plan, const RowStats& stats,
                            const std::vector<RejectedExample>& examples) {
  const double share = plan.source->max_rejected_share;
  if (static_cast<double>(stats.rejected) <= share * static_cast<double>(stats.read)) return {};
  std::string message = fmt::format(
      "{} of {} rows cannot be used ({:.2f} %), more than max_rejected_share allows ({:.2f} %); "
      "nothing was loaded",
      format_count(stats.rejected), format_count(stats.read),
      100.0 * static_cast<double>(stats.rejected) / static_cast<double>(stats.read), 100 * share);
  for (const RejectedExample& example : examples) message += "\n  " + example.to_text();
  return invalid_input(std::move(message))
      .in_table(std::string(plan.role->name))
      .with_mend(
          "correct the rows, map the column otherwise, leave such rows out with 'drop', or "
          "raise max_rejected_share of the source");
}

}  // namespace coterie::data
