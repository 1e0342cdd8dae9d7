#include <algorithm>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "data/warehouse/catalog_internal.h"

namespace coterie::data {

using Json = nlohmann::json;

Status Catalog::add_commit(int64_t version, const std::string& run_id) {
  ASSIGN_OR_RETURN(SqliteQuery insert, database_.query("INSERT INTO commits VALUES (?, ?, ?)"));
  return insert.bind(version).bind(now_micros()).bind(run_id).run();
}

Result<int64_t> Catalog::schema_id(const std::vector<ColumnSchema>& columns) {
  Json json = Json::array();
  for (const ColumnSchema& column : columns) {
    json.push_back({column.name, column.sql_type, column.entity});
  }
  const std::string text = json.dump();
  {
    ASSIGN_OR_RETURN(SqliteQuery insert,
                     database_.query("INSERT OR IGNORE INTO schemas(columns) VALUES (?)"));
    RETURN_IF_ERROR(insert.bind(text).run());
  }
  ASSIGN_OR_RETURN(SqliteQuery rows, database_.query("SELECT id FROM schemas WHERE columns = ?"));
  ASSIGN_OR_RETURN(const bool found, rows.bind(text).step());
  if (!found) return internal_error("the catalogue lost a table's columns");
  return rows.integer(0);
}

Status Catalog::add_part(int64_t version, const std::string& table, int64_t schema,
                         const StagedPart& part) {
  {
    ASSIGN_OR_RETURN(SqliteQuery insert,
                     database_.query("INSERT INTO parts(file, rows, bytes, checksum, schema) "
                                     "VALUES (?, ?, ?, ?, ?)"));
    insert.bind(part.file).bind(part.rows).bind(part.bytes).bind(int64_t{part.checksum});
    RETURN_IF_ERROR(insert.bind(schema).run());
  }
  ASSIGN_OR_RETURN(const int64_t id, database_.scalar("SELECT last_insert_rowid()"));
  for (const DayCount& day : part.days) {
    ASSIGN_OR_RETURN(SqliteQuery insert, database_.query("INSERT INTO part_days VALUES (?, ?, ?)"));
    RETURN_IF_ERROR(insert.bind(id).bind(int64_t{day.day}).bind(day.rows).run());
  }
  if (!part.days.empty()) {
    const auto [first, last] = std::ranges::minmax(part.days, {}, &DayCount::day);
    ASSIGN_OR_RETURN(SqliteQuery update,
                     database_.query("UPDATE parts SET min_day = ?, max_day = ? WHERE id = ?"));
    RETURN_IF_ERROR(update.bind(int64_t{first.day}).bind(int64_t{last.day}).bind(id).run());
  }
  ASSIGN_OR_RETURN(SqliteQuery insert,
                   database_.query("INSERT INTO members VALUES (?, ?, ?, ?, ?, '')"));
  return insert.bind(table).bind(kForever).bind(id).bind(version).bind(part.rows).run();
}

Status Catalog::remove_parts(int64_t version, const std::string& table) {
  {
    ASSIGN_OR_RETURN(SqliteQuery close,
                     database_.query("UPDATE members SET until = ? WHERE tbl = ? AND until = ? "
                                     "AND since < ?"));
    RETURN_IF_ERROR(close.bind(version).bind(table).bind(kForever).bind(version).run());
  }
  // What this same commit had added was never visible.
  ASSIGN_OR_RETURN(SqliteQuery erase,
                   database_.query("DELETE FROM members WHERE tbl = ? AND until = ?"));
  return erase.bind(table).bind(kForever).run();
}

Status Catalog::remove_part(int64_t version, const std::string& table, int64_t part) {
  {
    ASSIGN_OR_RETURN(SqliteQuery close,
                     database_.query("UPDATE members SET until = ? WHERE tbl = ? AND until = ? "
                                     "AND part = ? AND since < ?"));
    close.bind(version).bind(table).bind(kForever);
    RETURN_IF_ERROR(close.bind(part).bind(version).run());
  }
  ASSIGN_OR_RETURN(SqliteQuery erase,
                   database_.query("DELETE FROM members WHERE tbl = ? AND until = ? AND part = ?"));
  return erase.bind(table).bind(kForever).bind(part).run();
}

namespace {

struct Overlap {
  int64_t part;
  int64_t rows;
  DayMask mask;
};

Result<std::vector<Overlap>> parts_with_days(Database& database, const std::string& table,
                                             int32_t first, int32_t last) {
  ASSIGN_OR_RETURN(SqliteQuery rows,
                   database.query("SELECT m.part, m.rows, m.mask FROM members m "
                                  "JOIN parts p ON p.id = m.part WHERE m.tbl = ? AND m.until = ? "
                                  "AND p.min_day <= ? AND p.max_day >= ?"));
  rows.bind(table).bind(kForever).bind(int64_t{last}).bind(int64_t{first});
  std::vector<Overlap> overlaps;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return overlaps;
    ASSIGN_OR_RETURN(DayMask mask, DayMask::parse(rows.text(2)));
    overlaps.push_back({rows.integer(0), rows.integer(1), std::move(mask)});
  }
}

// Rows of the days that the mask does not hide yet.
Result<int64_t> visible_rows(Database& database, const Overlap& overlap, int32_t first,
                             int32_t last) {
  ASSIGN_OR_RETURN(
      SqliteQuery days,
      database.query("SELECT day, rows FROM part_days WHERE part = ? AND day BETWEEN ? AND ?"));
  days.bind(overlap.part).bind(int64_t{first}).bind(int64_t{last});
  int64_t rows = 0;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, days.step());
    if (!found) return rows;
    if (!overlap.mask.hides(static_cast<int32_t>(days.integer(0)))) rows += days.integer(1);
  }
}

}  // namespace

Status Catalog::hide_days(int64_t version, const std::string& table, int32_t first, int32_t last) {
  ASSIGN_OR_RETURN(const auto overlaps, parts_with_days(database_, table, first, last));
  for (const Overlap& overlap : overlaps) {
    ASSIGN_OR_RETURN(const int64_t hidden, visible_rows(database_, overlap, first, last));
    if (hidden == 0) continue;
    RETURN_IF_ERROR(remove_part(version, table, overlap.part));
    if (hidden == overlap.rows) continue;
    DayMask mask = overlap.mask;
    mask.add(first, last);
    ASSIGN_OR_RETURN(SqliteQuery insert,
                     database_.query("INSERT INTO members VALUES (?, ?, ?, ?, ?, ?)"));
    insert.bind(table).bind(kForever).bind(overlap.part).bind(version);
    RETURN_IF_ERROR(insert.bind(overlap.rows - hidden).bind(mask.to_text()).run());
  }
  return {};
}

Status Catalog::remove_table(int64_t version, const std::string& name) {
  RETURN_IF_ERROR(remove_parts(version, name));
  {
    ASSIGN_OR_RETURN(SqliteQuery close,
                     database_.query("UPDATE tables SET until = ? WHERE name = ? AND until = ? "
                                     "AND since < ?"));
    RETURN_IF_ERROR(close.bind(version).bind(name).bind(kForever).bind(version).run());
  }
  ASSIGN_OR_RETURN(SqliteQuery erase,
                   database_.query("DELETE FROM tables WHERE name = ? AND until = ?"));
  return erase.bind(name).bind(kForever).run();
}

Status Catalog::put_table(int64_t version, TableRow row) {
  TableInfo& info = row.info;
  {
    ASSIGN_OR_RETURN(SqliteQuery sums,
                     database_.query("SELECT coalesce(sum(m.rows), 0), coalesce(sum(p.bytes), 0), "
                                     "count(*) FROM members m JOIN parts p ON p.id = m.part "
                                     "WHERE m.tbl = ? AND m.until = ?"));
    RETURN_IF_ERROR(sums.bind(info.name).bind(kForever).step());
    info.rows = sums.integer(0);
    info.bytes = sums.integer(1);
    info.parts = static_cast<int>(sums.integer(2));
  }
  {
    ASSIGN_OR_RETURN(SqliteQuery close,
                     database_.query("UPDATE tables SET until = ? WHERE name = ? AND until = ?"));
    RETURN_IF_ERROR(close.bind(version).bind(info.name).bind(kForever).run());
  }
  const Json declared = {
      {"key", info.key}, {"day_column", info.day_column}, {"sort_by", info.sort_by}};
  ASSIGN_OR_RETURN(
      SqliteQuery insert,
      database_.query("INSERT OR REPLACE INTO tables(name, since, until, version, rows, bytes, "
                      "parts, updated_at, run_id, schema, declared) "
                      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.bind(info.name).bind(version).bind(kForever).bind(info.version).bind(info.rows);
  insert.bind(info.bytes).bind(int64_t{info.parts}).bind(info.updated_at).bind(info.run_id);
  return insert.bind(row.schema).bind(declared.dump()).run();
}

Status Catalog::put_dictionary(int64_t version, const DictionaryInfo& dictionary) {
  {
    ASSIGN_OR_RETURN(
        SqliteQuery close,
        database_.query("UPDATE dictionaries SET until = ? WHERE entity = ? AND until = ?"));
    RETURN_IF_ERROR(close.bind(version).bind(dictionary.entity).bind(kForever).run());
  }
  ASSIGN_OR_RETURN(SqliteQuery insert,
                   database_.query("INSERT OR REPLACE INTO dictionaries VALUES (?, ?, ?, ?, ?)"));
  insert.bind(dictionary.entity).bind(version).bind(kForever);
  return insert.bind(int64_t{dictionary.size}).bind(int64_t{dictionary.numeric}).run();
}

Status Catalog::put_mark(int64_t version, const std::string& key,
                         const std::optional<std::string>& value) {
  {
    ASSIGN_OR_RETURN(SqliteQuery close,
                     database_.query("UPDATE marks SET until = ? WHERE key = ? AND until = ?"));
    RETURN_IF_ERROR(close.bind(version).bind(key).bind(kForever).run());
  }
  if (!value) return {};
  ASSIGN_OR_RETURN(SqliteQuery insert,
                   database_.query("INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)"));
  return insert.bind(key).bind(version).bind(kForever).bind(*value).run();
}

}  // namespace coterie::data
