// The list of what was published: coterie_publications; and what may be touched.

#include <fmt/format.h>

#include "data/postgres/names.h"
#include "data/publish/target_internal.h"

namespace coterie::data {
namespace {

std::string publications_sql(const std::string& schema) {
  return postgres_name(schema) + "." + postgres_name(kPublications);
}

// Looked for first: CREATE SCHEMA IF NOT EXISTS needs the right to create one even if it is there.
Status create_schema(PostgresConnection& database, const std::string& schema) {
  ASSIGN_OR_RETURN(const PostgresRows found,
                   database.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", {schema}));
  if (!found.rows.empty()) return {};
  return database.execute(fmt::format("CREATE SCHEMA IF NOT EXISTS {}", postgres_name(schema)));
}

}  // namespace

Status create_publications(PostgresConnection& database, const std::string& schema) {
  RETURN_IF_ERROR(create_schema(database, schema));
  return database.execute(
      fmt::format("CREATE TABLE IF NOT EXISTS {} (table_name text PRIMARY KEY, project text NOT "
                  "NULL, version bigint NOT NULL, updated_at timestamptz NOT NULL, run_id text NOT "
                  "NULL, row_count bigint NOT NULL, published_at timestamptz NOT NULL)",
                  publications_sql(schema)));
}

Result<std::optional<Publication>> find_publication(PostgresConnection& database,
                                                    const PublishTarget& target) {
  ASSIGN_OR_RETURN(const PostgresRows rows,
                   database.query(fmt::format("SELECT project, version, updated_at, run_id FROM {} "
                                              "WHERE table_name = $1",
                                              publications_sql(target.schema)),
                                  {target.info.name}));
  if (rows.rows.empty()) return std::optional<Publication>();
  const auto& row = rows.rows[0];
  return std::optional(Publication{row[0].value_or(""), std::stoll(row[1].value_or("0")),
                                   row[2].value_or(""), row[3].value_or("")});
}

Status record_publication(PostgresConnection& database, const PublishTarget& target,
                          const Publication& publication, int64_t rows) {
  return database.execute(
      fmt::format(
          "INSERT INTO {} (table_name, project, version, updated_at, run_id, row_count, "
          "published_at) VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp()) ON CONFLICT "
          "(table_name) DO UPDATE SET project = excluded.project, version = excluded.version, "
          "updated_at = excluded.updated_at, run_id = excluded.run_id, row_count = "
          "excluded.row_count, published_at = excluded.published_at",
          publications_sql(target.schema)),
      {target.info.name, publication.project, std::to_string(publication.version),
       publication.updated_at, publication.run_id, std::to_string(rows)});
}

Result<std::vector<std::string>> published_by(PostgresConnection& database,
                                              const std::string& schema,
                                              const std::string& project) {
  ASSIGN_OR_RETURN(
      const PostgresRows rows,
      database.query(fmt::format("SELECT table_name FROM {} WHERE project = $1 ORDER BY 1",
                                 publications_sql(schema)),
                     {project}));
  std::vector<std::string> names;
  for (const auto& row : rows.rows) names.push_back(row[0].value_or(""));
  return names;
}

Result<bool> check_owned(PostgresConnection& database, const PublishTarget& target,
                         const std::optional<Publication>& before, const std::string& project) {
  ASSIGN_OR_RETURN(const PostgresRows found,
                   database.query("SELECT c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = "
                                  "c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
                                  {target.schema, target.info.name}));
  if (found.rows.empty()) return false;
  const auto conflict = [&](std::string what) {
    return Error{ErrorCode::kConflict, fmt::format("{}: {}", database.name(), what)}
        .in_table(target.info.name)
        .with_mend(
            "publish into a schema of its own (publish: {to: …, schema: …}), or rename that "
            "table; nothing was changed");
  };
  if (!before || found.rows[0][0] != "r")
    return conflict(fmt::format(
        "schema '{}' has something of this name that coterie did not publish", target.schema));
  if (before->project != project)
    return conflict(fmt::format("schema '{}' has this table from the project '{}'", target.schema,
                                before->project));
  return true;
}

Status check_unreferenced(PostgresConnection& database, const PublishTarget& target) {
  ASSIGN_OR_RETURN(
      const PostgresRows keys,
      database.query("SELECT conname, conrelid::regclass::text FROM pg_constraint WHERE contype = "
                     "'f' AND confrelid = to_regclass($1) AND conrelid <> confrelid ORDER BY 1",
                     {target.sql()}));
  if (keys.rows.empty()) return {};
  return Error{
      ErrorCode::kConflict,
      fmt::format("{}: the foreign key {} of table {} refers to this table, whose rows are "
                  "replaced as a whole",
                  database.name(), keys.rows[0][0].value_or(""), keys.rows[0][1].value_or(""))}
      .in_table(target.info.name)
      .with_mend("drop that foreign key; joins work without it");
}

}  // namespace coterie::data
