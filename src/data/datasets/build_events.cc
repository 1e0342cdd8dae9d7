// Builds of E and F: rows of a day that change only with facts of that day or of its sessions.

#include <algorithm>

#include <fmt/format.h>

#include "data/datasets/builder_internal.h"
#include "data/datasets/customer_passes_internal.h"
#include "data/datasets/dataset_e.h"
#include "data/datasets/dataset_f.h"
#include "data/datasets/row_groups_internal.h"
#include "data/datasets/session_events_internal.h"

namespace coterie::data {
namespace {

// What an event costs in memory until it is written, with the text of its session; measured.
constexpr int64_t kBytesPerEvent = 64;

std::string between(std::string_view column, DayRange range) {
  return fmt::format("{} BETWEEN {} AND {}", column, sql_date(range.first), sql_date(range.last));
}

// Sessions belong to customers.
Result<DatasetReport> build_f_from_nothing(DatasetBuilder& builder) {
  const Facts& facts = builder.facts();
  ASSIGN_OR_RETURN(const std::vector<int32_t> names, builder.article_names());
  ThreadPool pool(builder.threads());
  const auto columns = stored_columns(builder.info().tables[0], facts);
  const auto write = [&](const CustomerPass& pass, const std::string& path) -> Result<int64_t> {
    SessionEvents rows(CustomerBuckets(pass.first, pass.end, pass.facts), names);
    RETURN_IF_ERROR(rows.read(builder.connection(), dataset_f_events_sql(facts, pass.scope)));
    return parquet::write_groups(
        path, columns, pool, rows.tasks(),
        [&](int64_t task, auto& scratch) { return rows.encode(task, scratch); });
  };
  RETURN_IF_ERROR(replace_by_customers(builder,
                                       {.facts = builder.table_rows("events"),
                                        .fit = builder.memory_bytes() * 3 / 5 / kBytesPerEvent,
                                        .guests = true},
                                       write));
  return builder.finish("from nothing");
}

// Sessions with events on the given days, with nulls as they are.
std::string sessions_on(const Facts& facts, const std::string& table, const std::string& days) {
  return fmt::format(
      "CREATE TEMP TABLE {} AS SELECT DISTINCT customer_id, session_id FROM "
      "facts.events WHERE session_id IS NOT NULL AND {} AND {}",
      table, visible(facts, "events"), days);
}

std::string in_sessions(const std::string& table) {
  return fmt::format(
      "EXISTS (SELECT 1 FROM {0} s WHERE s.session_id = events.session_id AND "
      "s.customer_id IS NOT DISTINCT FROM events.customer_id)",
      table);
}

// Days to write again: the changed ones, and later ones of sessions that go on there.
Result<std::set<int32_t>> days_to_write(DatasetBuilder& builder) {
  const Facts& facts = builder.facts();
  std::set<int32_t> days = builder.changes().days;
  if (days.empty() || !facts.has("events", "session_id")) return days;
  RETURN_IF_ERROR(builder.run(sessions_on(facts, "changed_sessions", in_days("day", days))));
  RETURN_IF_ERROR(builder.connection().for_each_chunk(
      fmt::format("SELECT DISTINCT day FROM facts.events WHERE day > {} AND {} AND {}",
                  sql_date(*days.begin()), visible(facts, "events"),
                  in_sessions("changed_sessions")),
      [&](const Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row) days.insert(chunk.column(0).as_days(row));
        return {};
      }));
  return days;
}

}  // namespace

Result<DatasetReport> build_e(DatasetBuilder& builder) {
  const Facts& facts = builder.facts();
  RETURN_IF_ERROR(builder.replace(0, dataset_e_sql(facts, "")));
  return builder.finish("from nothing");
}

Result<DatasetReport> build_f(DatasetBuilder& builder) {
  if (!builder.incremental()) return build_f_from_nothing(builder);
  const Facts& facts = builder.facts();
  ASSIGN_OR_RETURN(const std::set<int32_t> days, days_to_write(builder));
  const std::string on_days = in_days("day", days);
  std::string scope = on_days;
  if (facts.has("events", "session_id")) {
    RETURN_IF_ERROR(builder.run(sessions_on(facts, "sessions_of_days", on_days)));
    scope = fmt::format("({} OR {})", on_days, in_sessions("sessions_of_days"));
  }
  RETURN_IF_ERROR(
      builder.run("CREATE TEMP TABLE new_events AS " + dataset_f_sql(facts, scope, on_days)));
  for (const DayRange& range : contiguous(days)) {
    RETURN_IF_ERROR(builder.replace_days(
        0, fmt::format("SELECT * FROM new_events WHERE {}", between("day", range)), range));
  }
  return builder.finish(fmt::format("{} changed days", days.size()));
}

}  // namespace coterie::data
