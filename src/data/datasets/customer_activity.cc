#include "data/datasets/customer_activity.h"

#include <fmt/format.h>

#include "data/datasets/facts_internal.h"

namespace coterie::data {

Result<std::string> customer_activity_sql(const Project& project, const Snapshot& snapshot,
                                          Connection& connection) {
  Facts facts = declare_facts(project, snapshot);
  RETURN_IF_ERROR(probe_facts(project, snapshot, connection, facts));
  for (const char* role : {"events", "sessions"}) {
    if (!facts.has(role, "customer_id") || !facts.has(role, "day")) continue;
    const std::string rows = fmt::format("FROM facts.{} WHERE customer_id IS NOT NULL AND {}", role,
                                         visible(facts, role));
    ASSIGN_OR_RETURN(const int64_t count, connection.scalar_int("SELECT count(*) " + rows));
    if (count == 0) continue;
    return fmt::format(
        "SELECT customer_id, CAST({0} - max(day) AS INTEGER) AS recency, count(DISTINCT day) AS "
        "active_days, count(*) AS events, CAST({0} - min(day) AS INTEGER) AS known_days {1} GROUP "
        "BY customer_id",
        sql_date(facts.today), rows);
  }
  return std::string();
}

}  // namespace coterie::data
