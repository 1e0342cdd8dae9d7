#pragma once
// What a PostgreSQL server says about its tables: columns, keys, references, sizes.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/postgres/connection.h"
#include "data/postgres/names.h"

namespace coterie::data {

struct CatalogueColumn {
  std::string name;
  std::string type;  // as the server writes it: "numeric(10,2)", "text[]"
  bool not_null = false;
};

// A foreign key of one column or several.
struct CatalogueReference {
  std::vector<std::string> columns;
  PostgresTable table;  // that they refer to
  std::vector<std::string> referred;
};

struct CatalogueTable {
  PostgresTable table;  // the schema is always given
  std::vector<CatalogueColumn> columns;
  std::vector<std::string> primary_key;
  std::vector<CatalogueReference> references;
  int64_t estimated_rows = 0;  // the server's own estimate; 0 when it has none
  int64_t bytes = 0;           // partitions included; 0 for views

  const CatalogueColumn* find(std::string_view column) const;
};

// Tables, partitioned tables, views and foreign tables that the user may read, sorted by schema and
// name; partitions and the server's own schemas are left out. `schema` narrows it unless empty.
Result<std::vector<CatalogueTable>> list_postgres_tables(PostgresConnection& server,
                                                         const std::string& schema = {});

// The readable table whose name is nearest to `table`, as coterie.yaml would name it; "" when none
// is near. Never fails: it only serves messages.
std::string nearest_postgres_table(PostgresConnection& server, const PostgresTable& table);

// "table", "schema.table" for schemas other than public, with quotes where the server needs them;
// parse_postgres_table reads it back.
std::string written_postgres_table(const PostgresTable& table);

}  // namespace coterie::data
