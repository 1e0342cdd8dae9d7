// Builds of E and F: rows of a day that change only with facts of that day or of its sessions.

#include <algorithm>

#include <fmt/format.h>

#include "data/datasets/builder_internal.h"
#include "data/datasets/dataset_e.h"
#include "data/datasets/dataset_f.h"

namespace coterie::data {
namespace {

// What an event costs in memory while its session is ordered; measured.
constexpr int64_t kBytesPerEvent = 300;

struct DayCount {
  int32_t day;
  int64_t rows;
};

Result<std::vector<DayCount>> days_of_events(DatasetBuilder& builder) {
  std::vector<DayCount> days;
  RETURN_IF_ERROR(builder.connection().for_each_chunk(
      fmt::format("SELECT day, count(*) FROM facts.events WHERE {} GROUP BY day ORDER BY day",
                  visible(builder.facts(), "events")),
      [&](const Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row)
          days.push_back({chunk.column(0).as_days(row), chunk.column(1).as_int(row)});
        return {};
      }));
  return days;
}

// Consecutive days of at most `most` events together, but at least one day.
std::vector<DayRange> batches(const std::vector<DayCount>& days, int64_t most) {
  std::vector<DayRange> ranges;
  int64_t rows = 0;
  for (const DayCount& day : days) {
    if (ranges.empty() || rows + day.rows > most) {
      ranges.push_back({day.day, day.day});
      rows = 0;
    }
    ranges.back().last = day.day;
    rows += day.rows;
  }
  return ranges;
}

std::string between(std::string_view column, DayRange range) {
  return fmt::format("{} BETWEEN {} AND {}", column, sql_date(range.first), sql_date(range.last));
}

// Sessions on more than one day, by hash: who only shares the hash of one is merely handled with
// them.
constexpr const char* kIsLong =
    "session_id IS NOT NULL AND hash(customer_id, session_id) IN (SELECT session FROM "
    "long_sessions)";

Status make_long_sessions(DatasetBuilder& builder) {
  const Facts& facts = builder.facts();
  const std::string sessions =
      facts.has("events", "session_id")
          ? fmt::format(
                "SELECT session FROM (SELECT hash(customer_id, session_id) AS session, day "
                "FROM facts.events WHERE session_id IS NOT NULL AND {}) GROUP BY session "
                "HAVING min(day) < max(day)",
                visible(facts, "events"))
          : "SELECT 0::UBIGINT AS session WHERE false";
  RETURN_IF_ERROR(builder.run("CREATE TEMP TABLE long_sessions AS " + sessions));
  return builder.run(
      "CREATE TEMP TABLE long_rows AS " +
      dataset_f_sql(facts, facts.has("events", "session_id") ? kIsLong : "false", ""));
}

// Sessions of a day are ordered day by day, so that memory is bounded; the few others at once.
Result<DatasetReport> build_f_from_nothing(DatasetBuilder& builder) {
  const Facts& facts = builder.facts();
  ASSIGN_OR_RETURN(const std::vector<DayCount> days, days_of_events(builder));
  std::vector<DayRange> ranges =
      batches(days, std::max<int64_t>(1, builder.memory_bytes() * 2 / 5 / kBytesPerEvent));
  if (ranges.empty()) ranges.push_back({facts.today, facts.today});
  const bool cut = ranges.size() > 1;
  if (cut) RETURN_IF_ERROR(make_long_sessions(builder));
  for (size_t i = 0; i < ranges.size(); ++i) {
    std::string select = dataset_f_sql(facts, "", "");
    if (cut) {
      const std::string rest =
          facts.has("events", "session_id")
              ? fmt::format("{} AND NOT coalesce({}, false)", between("day", ranges[i]), kIsLong)
              : between("day", ranges[i]);
      select = fmt::format("{} UNION ALL SELECT * FROM long_rows WHERE {}",
                           dataset_f_sql(facts, rest, ""), between("day", ranges[i]));
    }
    RETURN_IF_ERROR(i == 0 ? builder.replace(0, select) : builder.append(0, select));
  }
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
