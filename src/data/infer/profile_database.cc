#include <algorithm>

#include <fmt/format.h>

#include "data/infer/table_profile.h"
#include "data/postgres/catalogue.h"
#include "data/postgres/table_reader.h"

namespace coterie::data {
namespace {

// More are a warehouse of somebody else's: the schema should be named.
constexpr size_t kMostTables = 300;
constexpr const char* kRows = "infer_rows";

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

// Columns that a role's column can be made of, as a SELECT of the server's.
Result<std::string> sample_select(PostgresConnection& server, const CatalogueTable& table) {
  const std::string from = "FROM " + table.table.sql();
  ASSIGN_OR_RETURN(const auto columns, describe_postgres(server, "SELECT * " + from));
  std::string list;
  for (const MappedColumn& column : columns) {
    if (!column.array_type.empty()) continue;
    list += (list.empty() ? "" : ", ") + postgres_name(column.name);
  }
  if (list.empty()) return invalid_input("its columns are arrays only");
  return fmt::format("SELECT {} {} LIMIT {}", list, from, kProfileRows);
}

Status load_sample(Connection& connection, PostgresConnection& server, const CatalogueTable& table,
                   const std::string& sample) {
  ASSIGN_OR_RETURN(const std::string select, sample_select(server, table));
  RETURN_IF_ERROR(read_postgres(server, select, connection, kRows));
  Status copied = connection.execute(
      fmt::format("CREATE OR REPLACE TEMP TABLE {} AS SELECT CAST(COLUMNS(*) AS VARCHAR) FROM {}",
                  quote_name(sample), kRows));
  RETURN_IF_ERROR(connection.execute(fmt::format("DROP TABLE {}", kRows)));
  return copied;
}

// What the server declares: keys of one column are unique, references name their table.
void take_keys(const CatalogueTable& table, TableProfile& profile) {
  profile.key = table.primary_key;
  for (ColumnProfile& column : profile.columns) {
    column.is_key = table.primary_key.size() == 1 && table.primary_key[0] == column.name;
    for (const CatalogueReference& reference : table.references) {
      if (reference.columns.size() != 1 || reference.columns[0] != column.name) continue;
      column.refers_to_table = written_postgres_table(reference.table);
      column.refers_to_column = reference.referred[0];
    }
  }
}

Error no_table(const PostgresConnection& server, const std::string& schema) {
  return not_found(schema.empty()
                       ? fmt::format("{} has no table that this user may read", server.name())
                       : fmt::format("schema '{}' of {} has no table that this user may read",
                                     schema, server.name()))
      .with_mend("check database and ?schema=NAME of the URL, or GRANT SELECT on its tables");
}

Error too_many(const PostgresConnection& server, const std::vector<CatalogueTable>& tables) {
  std::vector<std::string> schemas;
  for (const CatalogueTable& table : tables) {
    if (schemas.empty() || schemas.back() != table.table.schema) {
      schemas.push_back(table.table.schema);
    }
  }
  return invalid_input(fmt::format("{} has {} tables, too many to look at each", server.name(),
                                   tables.size()))
      .with_mend("name one schema with ?schema=NAME; there are " + joined(schemas));
}

}  // namespace

Result<std::vector<TableProfile>> profile_database(Connection& connection, const PostgresUrl& url,
                                                   std::vector<std::string>* unreadable) {
  ASSIGN_OR_RETURN(PostgresConnection server, PostgresConnection::connect(url.connect));
  ASSIGN_OR_RETURN(const auto tables, list_postgres_tables(server, url.schema));
  if (tables.empty()) return no_table(server, url.schema);
  if (tables.size() > kMostTables) return too_many(server, tables);
  std::vector<TableProfile> profiles;
  for (const CatalogueTable& table : tables) {
    TableProfile profile;
    profile.name = table.table.name;
    profile.location = written_postgres_table(table.table);
    profile.in_database = true;
    profile.bytes = table.bytes;
    profile.sample_table = fmt::format("infer_sample_{}", profiles.size());
    Status status = load_sample(connection, server, table, profile.sample_table);
    if (status.ok()) status = profile_sample(connection, profile);
    if (status.ok()) {
      take_keys(table, profile);
      profiles.push_back(std::move(profile));
      continue;
    }
    const ErrorCode code = status.error().code;
    if (code == ErrorCode::kCancelled || code == ErrorCode::kUnavailable) return status.error();
    if (unreadable != nullptr) {
      unreadable->push_back(profile.location + ": " + status.error().message);
    }
  }
  if (profiles.empty()) return no_table(server, url.schema);
  return profiles;
}

}  // namespace coterie::data
