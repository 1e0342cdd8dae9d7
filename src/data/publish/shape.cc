// The shape of a published table: columns, primary key, indices.

#include <algorithm>

#include <fmt/format.h>

#include "data/postgres/names.h"
#include "data/publish/target_internal.h"

namespace coterie::data {
namespace {

// Comment of the indices that this program made: it never drops another.
constexpr const char* kIndexMark = "coterie";

std::string joined_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + postgres_name(name);
  return text;
}

// The primary key, and what else readers look rows up by.
std::vector<TargetIndex> wanted_indices(const TableInfo& info) {
  std::vector<TargetIndex> wanted;
  if (!info.key.empty()) wanted.push_back({"", true, info.key});
  for (const ColumnSchema& column : info.columns) {
    const bool is_id = column.entity == "customer" || column.entity == "article";
    const bool leads_key = !info.key.empty() && info.key[0] == column.name;
    if ((is_id || column.name == info.day_column) && !leads_key)
      wanted.push_back({"", false, {column.name}});
  }
  return wanted;
}

Result<std::vector<TargetIndex>> our_indices(PostgresConnection& database,
                                             const PublishTarget& target) {
  ASSIGN_OR_RETURN(
      const PostgresRows rows,
      database.query("SELECT c.relname, i.indisprimary, a.attname FROM pg_index i JOIN pg_class c "
                     "ON c.oid = i.indexrelid JOIN pg_attribute a ON a.attrelid = c.oid WHERE "
                     "i.indrelid = to_regclass($1) AND obj_description(c.oid, 'pg_class') = $2 "
                     "ORDER BY c.relname, a.attnum",
                     {target.sql(), kIndexMark}));
  std::vector<TargetIndex> indices;
  for (const auto& row : rows.rows) {
    if (indices.empty() || indices.back().name != *row[0])
      indices.push_back({*row[0], row[1] == "t", {}});
    // An index's own columns keep the names that the table's had when it was made.
    indices.back().columns.push_back(*row[2]);
  }
  return indices;
}

std::vector<TargetIndex> without(const std::vector<TargetIndex>& some,
                                 const std::vector<TargetIndex>& others) {
  std::vector<TargetIndex> rest;
  for (const TargetIndex& index : some) {
    const auto same = [&](const TargetIndex& other) { return index.same_as(other); };
    if (std::ranges::none_of(others, same)) rest.push_back(index);
  }
  return rest;
}

// "table_column_idx", cut to what the server takes and numbered where that name is taken.
Result<std::string> free_index_name(PostgresConnection& database, const PublishTarget& target,
                                    const TargetIndex& index) {
  std::string stem = target.info.name;
  if (!index.primary) stem += "_" + index.columns[0];
  const std::string ending = index.primary ? "_pkey" : "_idx";
  for (int number = 0;; ++number) {
    const std::string rest = number == 0 ? ending : fmt::format("_{}{}", number, ending);
    std::string name = stem.substr(0, kMaxNameBytes - rest.size()) + rest;
    ASSIGN_OR_RETURN(const PostgresRows taken,
                     database.query("SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = "
                                    "c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
                                    {target.schema, name}));
    if (taken.rows.empty()) return name;
  }
}

Status add_index(PostgresConnection& database, const PublishTarget& target,
                 const TargetIndex& index) {
  ASSIGN_OR_RETURN(const std::string name, free_index_name(database, target, index));
  const std::string quoted = postgres_name(name);
  const std::string columns = joined_names(index.columns);
  const std::string make =
      index.primary ? fmt::format("ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY ({})", target.sql(),
                                  quoted, columns)
                    : fmt::format("CREATE INDEX {} ON {} ({})", quoted, target.sql(), columns);
  RETURN_IF_ERROR(database.execute(make));
  return database.execute(fmt::format("COMMENT ON INDEX {}.{} IS {}", postgres_name(target.schema),
                                      quoted, postgres_text(kIndexMark)));
}

Status drop_index(PostgresConnection& database, const PublishTarget& target,
                  const TargetIndex& index) {
  const std::string name = postgres_name(index.name);
  if (index.primary)
    return database.execute(fmt::format("ALTER TABLE {} DROP CONSTRAINT {}", target.sql(), name));
  return database.execute(
      fmt::format("DROP INDEX IF EXISTS {}.{}", postgres_name(target.schema), name));
}

Result<std::vector<PublishedColumn>> columns_of(PostgresConnection& database,
                                                const PublishTarget& target) {
  ASSIGN_OR_RETURN(const PostgresRows rows,
                   database.query("SELECT attname, format_type(atttypid, atttypmod) FROM "
                                  "pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 "
                                  "AND NOT attisdropped ORDER BY attnum",
                                  {target.sql()}));
  std::vector<PublishedColumn> columns;
  for (const auto& row : rows.rows) columns.push_back({*row[0], *row[1]});
  return columns;
}

// The server's own spelling of the target's types: timestamptz is "timestamp with time zone".
Result<std::vector<PublishedColumn>> spelled(PostgresConnection& database,
                                             const PublishTarget& target) {
  std::string list;
  for (const PublishedColumn& column : target.columns)
    list += fmt::format("{}NULL::{} AS {}", list.empty() ? "" : ", ", column.postgres_type,
                        postgres_name(column.name));
  ASSIGN_OR_RETURN(const std::vector<PostgresColumn> described,
                   database.describe("SELECT " + list));
  std::string formats;
  for (const PostgresColumn& column : described)
    formats += fmt::format("{}format_type({}::oid, {})", formats.empty() ? "" : ", ",
                           column.type_oid, column.type_modifier);
  ASSIGN_OR_RETURN(const PostgresRows rows, database.query("SELECT " + formats));
  std::vector<PublishedColumn> columns;
  for (size_t i = 0; i < described.size(); ++i)
    columns.push_back({described[i].name, rows.rows[0][i].value_or("")});
  return columns;
}

bool holds(const std::vector<PublishedColumn>& columns, const PublishedColumn& wanted) {
  return std::ranges::any_of(columns, [&](const PublishedColumn& column) {
    return column.name == wanted.name && column.postgres_type == wanted.postgres_type;
  });
}

}  // namespace

Status create_table(PostgresConnection& database, const PublishTarget& target) {
  std::string list;
  for (const PublishedColumn& column : target.columns)
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", postgres_name(column.name),
                        column.postgres_type);
  return database.execute(fmt::format("CREATE TABLE {} ({})", target.sql(), list));
}

Result<ShapeChange> shape_of(PostgresConnection& database, const PublishTarget& target) {
  ASSIGN_OR_RETURN(const std::vector<PublishedColumn> before, columns_of(database, target));
  ASSIGN_OR_RETURN(const std::vector<PublishedColumn> now, spelled(database, target));
  ASSIGN_OR_RETURN(const std::vector<TargetIndex> indices, our_indices(database, target));
  const std::vector<TargetIndex> wanted = wanted_indices(target.info);
  ShapeChange change;
  for (const PublishedColumn& column : before) {
    if (!holds(now, column)) change.removed.push_back(column.name);
  }
  for (const PublishedColumn& column : now) {
    if (!holds(before, column)) change.added.push_back(column);
  }
  change.old_indices = without(indices, wanted);
  change.new_indices = without(wanted, indices);
  return change;
}

Status change_shape(PostgresConnection& database, const PublishTarget& target,
                    const ShapeChange& change) {
  for (const TargetIndex& index : change.old_indices)
    RETURN_IF_ERROR(drop_index(database, target, index));
  for (const std::string& column : change.removed) {
    Status dropped = database.execute(
        fmt::format("ALTER TABLE {} DROP COLUMN {}", target.sql(), postgres_name(column)));
    if (!dropped.ok() && dropped.error().code == ErrorCode::kConflict)
      return Error{ErrorCode::kConflict,
                   fmt::format("this column is gone or has another type now, and something in the "
                               "database depends on it: {}",
                               dropped.error().message)}
          .in_table(target.info.name, column)
          .with_mend("drop those views, publish, and create them again; nothing was changed");
    RETURN_IF_ERROR(dropped);
  }
  for (const PublishedColumn& column : change.added)
    RETURN_IF_ERROR(
        database.execute(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", target.sql(),
                                     postgres_name(column.name), column.postgres_type)));
  return {};
}

Status add_missing_indices(PostgresConnection& database, const PublishTarget& target) {
  ASSIGN_OR_RETURN(const std::vector<TargetIndex> indices, our_indices(database, target));
  for (const TargetIndex& index : without(wanted_indices(target.info), indices))
    RETURN_IF_ERROR(add_index(database, target, index));
  return {};
}

}  // namespace coterie::data
