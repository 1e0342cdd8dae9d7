#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "data/warehouse/catalog_internal.h"

namespace coterie::data {
namespace {

using Json = nlohmann::json;

constexpr const char* kCreate = R"sql(
CREATE TABLE commits(version INTEGER PRIMARY KEY, committed_at INTEGER NOT NULL,
                     run_id TEXT NOT NULL);
CREATE TABLE schemas(id INTEGER PRIMARY KEY, columns TEXT NOT NULL UNIQUE);
CREATE TABLE tables(name TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
                    version INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
                    parts INTEGER NOT NULL, updated_at INTEGER NOT NULL, run_id TEXT NOT NULL,
                    schema INTEGER NOT NULL, declared TEXT NOT NULL,
                    PRIMARY KEY(name, since)) WITHOUT ROWID;
CREATE TABLE parts(id INTEGER PRIMARY KEY, file TEXT NOT NULL UNIQUE, rows INTEGER NOT NULL,
                   bytes INTEGER NOT NULL, checksum INTEGER NOT NULL, schema INTEGER NOT NULL,
                   min_day INTEGER, max_day INTEGER);
CREATE TABLE part_days(part INTEGER NOT NULL, day INTEGER NOT NULL, rows INTEGER NOT NULL,
                       PRIMARY KEY(part, day)) WITHOUT ROWID;
CREATE TABLE members(tbl TEXT NOT NULL, until INTEGER NOT NULL, part INTEGER NOT NULL,
                     since INTEGER NOT NULL, rows INTEGER NOT NULL, mask TEXT NOT NULL,
                     PRIMARY KEY(tbl, until, part)) WITHOUT ROWID;
CREATE TABLE dictionaries(entity TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
                          size INTEGER NOT NULL, numeric INTEGER NOT NULL,
                          PRIMARY KEY(entity, since)) WITHOUT ROWID;
CREATE TABLE marks(key TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
                   value TEXT NOT NULL, PRIMARY KEY(key, since)) WITHOUT ROWID;
CREATE TABLE day_changes(tbl TEXT NOT NULL, day INTEGER NOT NULL, changed INTEGER NOT NULL,
                         removed INTEGER NOT NULL, PRIMARY KEY(tbl, day)) WITHOUT ROWID;
INSERT INTO commits VALUES (0, 0, '');
PRAGMA user_version = 1;
)sql";

Result<Json> parse_json(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return corrupt("the catalogue holds broken text: " + text);
  return json;
}

constexpr const char* kTableColumns =
    "SELECT name, version, rows, bytes, parts, updated_at, run_id, schema, declared FROM tables ";

}  // namespace

Result<Catalog> Catalog::open(const std::string& path, const SqliteOptions& options) {
  ASSIGN_OR_RETURN(Database database, Database::open(path, options));
  ASSIGN_OR_RETURN(const int64_t format, database.scalar("PRAGMA user_version"));
  ASSIGN_OR_RETURN(const int64_t objects, database.scalar("SELECT count(*) FROM sqlite_master"));
  if (format == 0 && objects == 0 && options.create) {
    ASSIGN_OR_RETURN(SqliteTransaction transaction, SqliteTransaction::begin(database));
    RETURN_IF_ERROR(database.execute(kCreate));
    RETURN_IF_ERROR(transaction.commit());
  } else if (format == 0) {
    return corrupt("this is no catalogue of a warehouse").at(path);
  } else if (format > kCatalogFormat) {
    return Error{ErrorCode::kUnsupported, "the catalogue was written by a newer coterie"}
        .at(path)
        .with_mend("use that version of coterie, or a newer one");
  }
  return Catalog(std::move(database));
}

Result<int64_t> Catalog::newest_version() {
  return database_.scalar("SELECT max(version) FROM commits");
}

Result<bool> Catalog::has_version(int64_t version) {
  ASSIGN_OR_RETURN(SqliteQuery rows, database_.query("SELECT 1 FROM commits WHERE version = ?"));
  return rows.bind(version).step();
}

Result<std::vector<ColumnSchema>> Catalog::schema(int64_t id) {
  ASSIGN_OR_RETURN(SqliteQuery rows, database_.query("SELECT columns FROM schemas WHERE id = ?"));
  ASSIGN_OR_RETURN(const bool found, rows.bind(id).step());
  if (!found) return corrupt("the catalogue misses a table's columns");
  ASSIGN_OR_RETURN(const Json json, parse_json(rows.text(0)));
  std::vector<ColumnSchema> columns;
  for (const Json& column : json) columns.push_back({column[0], column[1], column[2]});
  return columns;
}

namespace {

Result<TableRow> read_table(Catalog& catalog, const SqliteQuery& row) {
  TableRow table;
  TableInfo& info = table.info;
  info.name = row.text(0);
  info.version = row.integer(1);
  info.rows = row.integer(2);
  info.bytes = row.integer(3);
  info.parts = static_cast<int>(row.integer(4));
  info.updated_at = row.integer(5);
  info.run_id = row.text(6);
  table.schema = row.integer(7);
  ASSIGN_OR_RETURN(const Json declared, parse_json(row.text(8)));
  info.key = declared["key"].get<std::vector<std::string>>();
  info.day_column = declared["day_column"].get<std::string>();
  info.sort_by = declared["sort_by"].get<std::vector<std::string>>();
  ASSIGN_OR_RETURN(info.columns, catalog.schema(table.schema));
  return table;
}

}  // namespace

Result<std::vector<TableRow>> Catalog::tables(int64_t version) {
  static const std::string sql =
      std::string(kTableColumns) + "WHERE since <= ? AND ? < until ORDER BY name";
  ASSIGN_OR_RETURN(SqliteQuery rows, database_.query(sql.c_str()));
  rows.bind(version).bind(version);
  std::vector<TableRow> tables;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return tables;
    ASSIGN_OR_RETURN(TableRow table, read_table(*this, rows));
    tables.push_back(std::move(table));
  }
}

Result<std::optional<TableRow>> Catalog::table(int64_t version, const std::string& name) {
  static const std::string sql =
      std::string(kTableColumns) + "WHERE name = ? AND since <= ? AND ? < until";
  ASSIGN_OR_RETURN(SqliteQuery rows, database_.query(sql.c_str()));
  ASSIGN_OR_RETURN(const bool found, rows.bind(name).bind(version).bind(version).step());
  if (!found) return std::optional<TableRow>();
  ASSIGN_OR_RETURN(TableRow table, read_table(*this, rows));
  return std::optional(std::move(table));
}

Result<std::vector<PartRow>> Catalog::parts(int64_t version, const std::string& table) {
  ASSIGN_OR_RETURN(
      SqliteQuery rows,
      database_.query("SELECT p.id, p.file, m.rows, p.rows, p.bytes, p.checksum, p.schema, m.mask "
                      "FROM members m JOIN parts p ON p.id = m.part "
                      "WHERE m.tbl = ? AND m.until > ? AND m.since <= ? ORDER BY p.id"));
  rows.bind(table).bind(version).bind(version);
  std::vector<PartRow> parts;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return parts;
    PartRow part;
    part.id = rows.integer(0);
    part.file = rows.text(1);
    part.rows = rows.integer(2);
    part.file_rows = rows.integer(3);
    part.bytes = rows.integer(4);
    part.checksum = static_cast<uint32_t>(rows.integer(5));
    part.schema = rows.integer(6);
    ASSIGN_OR_RETURN(part.mask, DayMask::parse(rows.text(7)));
    parts.push_back(std::move(part));
  }
}

namespace {

DictionaryInfo read_dictionary(const SqliteQuery& row) {
  return {row.text(0), row.integer(1), static_cast<int32_t>(row.integer(2)), row.integer(3) != 0};
}

}  // namespace

Result<std::vector<DictionaryInfo>> Catalog::dictionaries(int64_t version) {
  ASSIGN_OR_RETURN(SqliteQuery rows,
                   database_.query("SELECT entity, since, size, numeric FROM dictionaries "
                                   "WHERE since <= ? AND ? < until ORDER BY entity"));
  rows.bind(version).bind(version);
  std::vector<DictionaryInfo> dictionaries;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return dictionaries;
    dictionaries.push_back(read_dictionary(rows));
  }
}

Result<std::optional<DictionaryInfo>> Catalog::dictionary(int64_t version,
                                                          const std::string& entity) {
  ASSIGN_OR_RETURN(SqliteQuery rows,
                   database_.query("SELECT entity, since, size, numeric FROM dictionaries "
                                   "WHERE entity = ? AND since <= ? AND ? < until"));
  ASSIGN_OR_RETURN(const bool found, rows.bind(entity).bind(version).bind(version).step());
  if (!found) return std::optional<DictionaryInfo>();
  return std::optional(read_dictionary(rows));
}

Result<std::optional<std::string>> Catalog::mark(int64_t version, const std::string& key) {
  ASSIGN_OR_RETURN(
      SqliteQuery rows,
      database_.query("SELECT value FROM marks WHERE key = ? AND since <= ? AND ? < until"));
  ASSIGN_OR_RETURN(const bool found, rows.bind(key).bind(version).bind(version).step());
  if (!found) return std::optional<std::string>();
  return std::optional(rows.text(0));
}

Result<std::vector<std::pair<std::string, std::string>>> Catalog::marks(int64_t version,
                                                                        const std::string& prefix) {
  ASSIGN_OR_RETURN(
      SqliteQuery rows,
      database_.query(
          "SELECT key, value FROM marks WHERE key >= ? AND substr(key, 1, length(?)) = ? AND "
          "since <= ? AND ? < until ORDER BY key"));
  rows.bind(prefix).bind(prefix).bind(prefix);
  rows.bind(version).bind(version);
  std::vector<std::pair<std::string, std::string>> marks;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return marks;
    marks.emplace_back(rows.text(0), rows.text(1));
  }
}

Result<std::vector<std::string>> Catalog::all_files() {
  ASSIGN_OR_RETURN(SqliteQuery rows, database_.query("SELECT file FROM parts"));
  std::vector<std::string> files;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return files;
    files.push_back(rows.text(0));
  }
}

}  // namespace coterie::data
