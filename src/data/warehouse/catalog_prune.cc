#include "data/warehouse/catalog_internal.h"

namespace coterie::data {

Result<std::vector<int64_t>> Catalog::versions() {
  ASSIGN_OR_RETURN(SqliteQuery rows, database_.query("SELECT version FROM commits ORDER BY 1"));
  std::vector<int64_t> versions;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return versions;
    versions.push_back(rows.integer(0));
  }
}

Status Catalog::forget_version(int64_t version) {
  ASSIGN_OR_RETURN(SqliteQuery erase, database_.query("DELETE FROM commits WHERE version = ?"));
  return erase.bind(version).run();
}

Status Catalog::remove_unreachable() {
  return database_.execute(R"sql(
DELETE FROM members WHERE NOT EXISTS
  (SELECT 1 FROM commits c WHERE c.version >= members.since AND c.version < members.until);
DELETE FROM tables WHERE NOT EXISTS
  (SELECT 1 FROM commits c WHERE c.version >= tables.since AND c.version < tables.until);
DELETE FROM dictionaries WHERE NOT EXISTS
  (SELECT 1 FROM commits c WHERE c.version >= dictionaries.since
                             AND c.version < dictionaries.until);
DELETE FROM marks WHERE NOT EXISTS
  (SELECT 1 FROM commits c WHERE c.version >= marks.since AND c.version < marks.until);
DELETE FROM parts WHERE id NOT IN (SELECT part FROM members);
DELETE FROM part_days WHERE part NOT IN (SELECT id FROM parts);
DELETE FROM schemas WHERE id NOT IN (SELECT schema FROM parts UNION SELECT schema FROM tables);
)sql");
}

Status Catalog::keep_only(int64_t version) {
  ASSIGN_OR_RETURN(const bool there, has_version(version));
  if (!there) {
    return Error{ErrorCode::kConflict, "the version was forgotten while it was copied"}.with_mend(
        "try again");
  }
  {
    ASSIGN_OR_RETURN(SqliteQuery erase, database_.query("DELETE FROM commits WHERE version <> ?"));
    RETURN_IF_ERROR(erase.bind(version).run());
  }
  RETURN_IF_ERROR(remove_unreachable());
  // What a later commit closed is current again; what it added is gone.
  for (const char* sql : {"UPDATE members SET until = ?", "UPDATE tables SET until = ?",
                          "UPDATE dictionaries SET until = ?", "UPDATE marks SET until = ?"}) {
    ASSIGN_OR_RETURN(SqliteQuery update, database_.query(sql));
    RETURN_IF_ERROR(update.bind(kForever).run());
  }
  return {};
}

}  // namespace coterie::data
