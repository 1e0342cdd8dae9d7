#include "data/postgres/catalogue.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "base/nearest_name.h"

namespace coterie::data {
namespace {

// Relations of the user's own that can be read; $1 is a schema or null.
constexpr const char* kReadable =
    "WITH readable AS (SELECT c.oid, n.nspname AS schema, c.relname AS name, c.reltuples, "
    "c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition "
    "AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' "
    "AND ($1::text IS NULL OR n.nspname = $1::text) "
    "AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) ";

constexpr const char* kTables =
    "SELECT schema, name, CASE WHEN relkind = 'p' THEN (SELECT coalesce(sum(greatest(p.reltuples, "
    "0)), 0) FROM pg_partition_tree(oid) t JOIN pg_class p ON p.oid = t.relid WHERE t.isleaf) "
    "ELSE greatest(reltuples, 0) END::bigint, "
    "CASE WHEN relkind = 'p' THEN (SELECT coalesce(sum(pg_relation_size(t.relid)), 0) FROM "
    "pg_partition_tree(oid) t WHERE t.isleaf) WHEN relkind IN ('r', 'm') THEN "
    "pg_relation_size(oid) ELSE 0 END::bigint FROM readable ORDER BY 1, 2";

constexpr const char* kColumns =
    "SELECT r.schema, r.name, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull "
    "FROM readable r JOIN pg_attribute a ON a.attrelid = r.oid "
    "WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2, a.attnum";

constexpr const char* kKeys =
    "SELECT r.schema, r.name, k.conname, k.contype::text, a.attname, fn.nspname, f.relname, "
    "fa.attname FROM readable r JOIN pg_constraint k ON k.conrelid = r.oid "
    "AND k.contype IN ('p', 'f') "
    "CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(own, other, place) "
    "JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = u.own "
    "LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = "
    "f.relnamespace LEFT JOIN pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = "
    "u.other ORDER BY 1, 2, 3, u.place";

using Row = std::vector<std::optional<std::string>>;
using TableIndex = std::map<std::pair<std::string, std::string>, CatalogueTable*>;

std::string cell(const Row& row, size_t column) { return row[column].value_or(""); }

int64_t number(const Row& row, size_t column) {
  return std::strtoll(cell(row, column).c_str(), nullptr, 10);
}

// Rows of one constraint stand together, in the order of its columns.
void add_keys(const PostgresRows& keys, const TableIndex& tables) {
  std::string last;
  for (const Row& row : keys.rows) {
    CatalogueTable& table = *tables.at({cell(row, 0), cell(row, 1)});
    if (cell(row, 3) == "p") {
      table.primary_key.push_back(cell(row, 4));
      continue;
    }
    const std::string constraint = cell(row, 0) + "." + cell(row, 1) + "." + cell(row, 2);
    if (constraint != last) table.references.push_back({{}, {cell(row, 5), cell(row, 6)}, {}});
    last = constraint;
    table.references.back().columns.push_back(cell(row, 4));
    table.references.back().referred.push_back(cell(row, 7));
  }
}

std::string written_part(const std::string& name) {
  const bool plain = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
  });
  return plain ? name : postgres_name(name);
}

}  // namespace

const CatalogueColumn* CatalogueTable::find(std::string_view column) const {
  const auto found = std::ranges::find(columns, column, &CatalogueColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

Result<std::vector<CatalogueTable>> list_postgres_tables(PostgresConnection& server,
                                                         const std::string& schema) {
  PostgresParameters parameters = {std::nullopt};
  if (!schema.empty()) parameters[0] = schema;
  const std::string readable = kReadable;
  ASSIGN_OR_RETURN(const PostgresRows listed, server.query(readable + kTables, parameters));
  std::vector<CatalogueTable> tables(listed.rows.size());
  TableIndex index;
  for (size_t i = 0; i < tables.size(); ++i) {
    const Row& row = listed.rows[i];
    tables[i].table = {cell(row, 0), cell(row, 1)};
    tables[i].estimated_rows = number(row, 2);
    tables[i].bytes = number(row, 3);
    index[{cell(row, 0), cell(row, 1)}] = &tables[i];
  }
  // A table that appears or goes between the statements is left out of what follows.
  const auto known = [&](PostgresRows rows) {
    std::erase_if(rows.rows,
                  [&](const Row& row) { return !index.contains({cell(row, 0), cell(row, 1)}); });
    return rows;
  };
  ASSIGN_OR_RETURN(PostgresRows columns, server.query(readable + kColumns, parameters));
  for (const Row& row : known(std::move(columns)).rows) {
    index.at({cell(row, 0), cell(row, 1)})
        ->columns.push_back({cell(row, 2), cell(row, 3), cell(row, 4) == "t"});
  }
  ASSIGN_OR_RETURN(PostgresRows keys, server.query(readable + kKeys, parameters));
  add_keys(known(std::move(keys)), index);
  return tables;
}

std::string nearest_postgres_table(PostgresConnection& server, const PostgresTable& table) {
  const auto tables = list_postgres_tables(server);
  if (!tables.ok()) return {};
  std::vector<std::string> names;
  for (const CatalogueTable& known : *tables) {
    if (known.table.name == table.name) return written_postgres_table(known.table);
    names.push_back(known.table.name);
  }
  const std::string near = nearest_name(table.name, names);
  const auto found = std::ranges::find(names, near);
  if (near.empty() || found == names.end()) return {};
  return written_postgres_table((*tables)[static_cast<size_t>(found - names.begin())].table);
}

std::string written_postgres_table(const PostgresTable& table) {
  const std::string name = written_part(table.name);
  if (table.schema.empty() || table.schema == "public") return name;
  return written_part(table.schema) + "." + name;
}

}  // namespace coterie::data
