#include "data/ingest/write_role.h"

#include <fmt/format.h>

#include "data/ingest/stored_rows.h"

namespace coterie::data {
namespace {

constexpr const char* kIncoming = "incoming";
// Each run of days costs a scan of the table: beyond so many a rewrite of the whole is quicker.
constexpr size_t kMaxRuns = 12;
// Days apart that are still one run.
constexpr int32_t kMaxGap = 3;

std::string table_name(const RoleWrite& write) { return std::string(write.plan.role->name); }
std::string facts_table(const RoleWrite& write) {
  return "facts." + quote_name(write.plan.role->name);
}

std::string day_between(const DaySpan& span) {
  return fmt::format("day BETWEEN DATE '1970-01-01' + {} AND DATE '1970-01-01' + {}", span.first,
                     span.last);
}

std::string key_list(const RoleWrite& write) { return quote_name_list(write.plan.key); }

// The rows as a temporary table, and how many.
Result<int64_t> make_incoming(const RoleWrite& write) {
  Connection& connection = write.session.connection;
  ASSIGN_OR_RETURN(const std::string select,
                   stored_select(write.plan, write.table, write.losers, "", connection));
  RETURN_IF_ERROR(
      connection.execute(fmt::format("CREATE OR REPLACE TEMP TABLE {} AS {}", kIncoming, select)));
  return connection.scalar_int(fmt::format("SELECT count(*) FROM {}", kIncoming));
}

// Incoming rows that are older than the table's, by `latest_by`, are removed; returns how many.
Result<int64_t> drop_older(const RoleWrite& write) {
  const std::string& latest = write.plan.source->latest_by;
  if (latest.empty()) return 0;
  std::string equal;
  for (const std::string& name : write.plan.key) {
    equal += fmt::format(" AND e.{0} = {1}.{0}", quote_name(name), kIncoming);
  }
  const std::string condition = fmt::format(
      "EXISTS (SELECT 1 FROM {0} e WHERE (e.{1} > {2}.{1} OR (e.{1} IS NOT NULL AND "
      "{2}.{1} IS NULL)){3})",
      facts_table(write), quote_name(latest), kIncoming, equal);
  Connection& connection = write.session.connection;
  ASSIGN_OR_RETURN(
      const int64_t older,
      connection.scalar_int(fmt::format("SELECT count(*) FROM {} WHERE {}", kIncoming, condition)));
  if (older > 0) {
    RETURN_IF_ERROR(
        connection.execute(fmt::format("DELETE FROM {} WHERE {}", kIncoming, condition)));
  }
  return older;
}

// Days of the table's rows that give way, as runs of days near each other.
Result<std::vector<DaySpan>> touched_days(const RoleWrite& write) {
  std::vector<DaySpan> runs;
  RETURN_IF_ERROR(write.session.connection.for_each_chunk(
      fmt::format("SELECT DISTINCT day FROM {} SEMI JOIN {} USING ({}) ORDER BY day",
                  facts_table(write), kIncoming, key_list(write)),
      [&](const Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row) {
          const int32_t day = chunk.column(0).as_days(row);
          if (!runs.empty() && day - runs.back().last <= kMaxGap) {
            runs.back().last = day;
          } else {
            runs.push_back({day, day});
          }
        }
        return {};
      }));
  return runs;
}

// Whether the runs are few and far less than the whole table.
Result<bool> are_worth_it(const RoleWrite& write, const std::vector<DaySpan>& runs) {
  if (runs.empty()) return true;
  int64_t touched = 0;
  for (const DaySpan& run : runs) touched += run.last - run.first + 1;
  ASSIGN_OR_RETURN(const int64_t all,
                   write.session.connection.scalar_int(
                       "SELECT (max(day) - min(day) + 1)::BIGINT FROM " + facts_table(write)));
  return runs.size() <= kMaxRuns && touched * 2 <= all + 2;
}

// The table's rows that stay, and the incoming ones, where `condition` holds.
std::string merged(const RoleWrite& write, const std::string& condition) {
  return fmt::format(
      "SELECT * FROM (SELECT * FROM {0} WHERE {1}) ANTI JOIN {2} USING ({3}) UNION ALL BY NAME "
      "SELECT * FROM {2} WHERE {1}",
      facts_table(write), condition, kIncoming, key_list(write));
}

Status merge_runs(const RoleWrite& write, const std::vector<DaySpan>& runs) {
  WriteTransaction& transaction = write.session.context.transaction;
  Connection& connection = write.session.connection;
  std::string rest = "true";
  for (const DaySpan& run : runs) {
    const std::string days = day_between(run);
    RETURN_IF_ERROR(transaction.replace_days(table_name(write), connection, merged(write, days),
                                             run.first, run.last, table_options(write.plan)));
    rest += " AND NOT " + days;
  }
  RETURN_IF_ERROR(transaction.append(table_name(write), connection,
                                     fmt::format("SELECT * FROM {} WHERE {}", kIncoming, rest),
                                     table_options(write.plan)));
  return {};
}

}  // namespace

Result<Written> write_full(const RoleWrite& write) {
  ASSIGN_OR_RETURN(const std::string select, stored_select(write.plan, std::nullopt, write.losers,
                                                           "", write.session.connection));
  TableOptions options = table_options(write.plan);
  options.reshape = true;
  Written written;
  ASSIGN_OR_RETURN(written.rows, write.session.context.transaction.replace(
                                     table_name(write), write.session.connection, select, options));
  written.rows_in_table = written.rows;
  return written;
}

Result<Written> write_append(const RoleWrite& write) {
  ASSIGN_OR_RETURN(const std::string select, stored_select(write.plan, write.table, write.losers,
                                                           "", write.session.connection));
  Written written{.mode = LoadMode::kAppend};
  ASSIGN_OR_RETURN(written.rows, write.session.context.transaction.append(
                                     table_name(write), write.session.connection, select,
                                     table_options(write.plan)));
  written.rows_in_table = (write.table ? write.table->rows : 0) + written.rows;
  return written;
}

Result<Written> write_upsert(const RoleWrite& write) {
  CHECK(write.table.has_value() && !write.plan.key.empty());
  WriteTransaction& transaction = write.session.context.transaction;
  Connection& connection = write.session.connection;
  transaction.require_version(table_name(write), write.table->version);
  Written written{.mode = LoadMode::kUpsert};
  ASSIGN_OR_RETURN(written.rows, make_incoming(write));
  ASSIGN_OR_RETURN(written.duplicates, drop_older(write));
  written.rows -= written.duplicates;
  ASSIGN_OR_RETURN(const int64_t replaced, connection.scalar_int(fmt::format(
                                               "SELECT count(*) FROM {} SEMI JOIN {} USING ({})",
                                               facts_table(write), kIncoming, key_list(write))));
  written.rows_in_table = write.table->rows - replaced + written.rows;
  std::vector<DaySpan> runs;
  const bool by_day = has_day_column(write.plan);
  if (by_day && replaced > 0) {
    ASSIGN_OR_RETURN(runs, touched_days(write));
  }
  ASSIGN_OR_RETURN(const bool by_runs, are_worth_it(write, runs));
  if (replaced == 0 || (by_day && by_runs)) {
    RETURN_IF_ERROR(merge_runs(write, runs));
  } else {
    RETURN_IF_ERROR(transaction.replace(table_name(write), connection, merged(write, "true"),
                                        table_options(write.plan)));
  }
  RETURN_IF_ERROR(connection.execute(fmt::format("DROP TABLE {}", kIncoming)));
  return written;
}

Result<Written> write_days(const RoleWrite& write, const DaySpan& span) {
  CHECK(write.table.has_value() && has_day_column(write.plan));
  WriteTransaction& transaction = write.session.context.transaction;
  Connection& connection = write.session.connection;
  Written written{.mode = LoadMode::kDays};
  transaction.require_version(table_name(write), write.table->version);
  ASSIGN_OR_RETURN(const int64_t before,
                   connection.scalar_int(fmt::format("SELECT count(*) FROM {} WHERE {}",
                                                     facts_table(write), day_between(span))));
  ASSIGN_OR_RETURN(const std::string select, stored_select(write.plan, write.table, write.losers,
                                                           day_between(span), connection));
  ASSIGN_OR_RETURN(written.rows,
                   transaction.replace_days(table_name(write), connection, select, span.first,
                                            span.last, table_options(write.plan)));
  written.rows_in_table = write.table->rows - before + written.rows;
  return written;
}

Result<int64_t> empty_days(LoadSession& session, const std::string& role, const TableInfo& table,
                           const DaySpan& span) {
  const std::string name = "facts." + quote_name(role);
  WriteTransaction& transaction = session.context.transaction;
  transaction.require_version(role, table.version);
  ASSIGN_OR_RETURN(const int64_t rows,
                   session.connection.scalar_int(
                       fmt::format("SELECT count(*) FROM {} WHERE {}", name, day_between(span))));
  RETURN_IF_ERROR(transaction.replace_days(role, session.connection,
                                           fmt::format("SELECT * FROM {} WHERE false", name),
                                           span.first, span.last));
  return rows;
}

Status write_rejects(LoadSession& session, const std::string& role, bool full,
                     const std::vector<std::string>& files) {
  const std::string table = "rejected_" + role;
  const std::string fresh = fmt::format("SELECT * FROM {}", kRejectsTable);
  WriteTransaction& transaction = session.context.transaction;
  ASSIGN_OR_RETURN(const int64_t rows, session.connection.scalar_int("SELECT count(*) FROM " +
                                                                     std::string(kRejectsTable)));
  const bool known = session.context.snapshot.has(table);
  if (full && rows == 0) return known ? transaction.drop(table) : Status();
  if (rows == 0 && (!known || files.empty())) return {};
  if (full || !known) {
    RETURN_IF_ERROR(transaction.replace(table, session.connection, fresh, {.reshape = true}));
    return {};
  }
  const std::string kept =
      files.empty() ? fmt::format("SELECT * FROM facts.{}", quote_name(table))
                    : fmt::format("SELECT * FROM facts.{} WHERE NOT list_contains({}, file)",
                                  quote_name(table), quote_text_list(files));
  RETURN_IF_ERROR(transaction.replace(table, session.connection,
                                      fmt::format("{} UNION ALL BY NAME {}", kept, fresh)));
  return {};
}

}  // namespace coterie::data
