#include <string>

#include "data/warehouse/catalog_internal.h"

namespace coterie::data {

Status Catalog::note_added_days(int64_t version, const std::string& table, const StagedPart& part) {
  for (const DayCount& day : part.days) {
    ASSIGN_OR_RETURN(SqliteQuery note,
                     database_.query("INSERT INTO day_changes VALUES (?, ?, ?, 0) ON CONFLICT(tbl, "
                                     "day) DO UPDATE SET changed = excluded.changed"));
    RETURN_IF_ERROR(note.bind(table).bind(int64_t{day.day}).bind(version).run());
  }
  return {};
}

Status Catalog::note_removed_days(int64_t version, const std::string& table, int32_t first,
                                  int32_t last) {
  ASSIGN_OR_RETURN(
      SqliteQuery note,
      database_.query("INSERT INTO day_changes SELECT DISTINCT m.tbl, d.day, ?1, ?1 FROM members m "
                      "JOIN part_days d ON d.part = m.part WHERE m.tbl = ?2 AND m.until = ?3 AND "
                      "d.day BETWEEN ?4 AND ?5 ON CONFLICT(tbl, day) DO UPDATE SET changed = "
                      "excluded.changed, removed = excluded.removed"));
  note.bind(version).bind(table).bind(kForever).bind(int64_t{first}).bind(int64_t{last});
  return note.run();
}

Result<std::vector<DayChange>> Catalog::changed_days(const std::string& table, int64_t since) {
  ASSIGN_OR_RETURN(SqliteQuery rows,
                   database_.query("SELECT day, removed > ?2 FROM day_changes WHERE tbl = ?1 AND "
                                   "changed > ?2 ORDER BY day"));
  rows.bind(table).bind(since);
  std::vector<DayChange> days;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return days;
    days.push_back({static_cast<int32_t>(rows.integer(0)), rows.integer(1) != 0});
  }
}

}  // namespace coterie::data
