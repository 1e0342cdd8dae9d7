// What is published of a table, and putting it there.

#include <algorithm>

#include <fmt/format.h>

#include "data/engine/sql_text.h"
#include "data/postgres/names.h"
#include "data/publish/target_internal.h"

namespace coterie::data {
namespace {

bool has_column(const TableInfo& info, std::string_view name) {
  return std::ranges::find(info.columns, name, &ColumnSchema::name) != info.columns.end();
}

Status check_name(const std::string& name, const std::string& table) {
  if (name.size() <= kMaxNameBytes) return {};
  return invalid_input(fmt::format("the name '{}' has {} bytes, and PostgreSQL cuts names at {}",
                                   name, name.size(), kMaxNameBytes))
      .in_table(table)
      .with_mend("give it a shorter name");
}

Status add_comments(PostgresConnection& database, const PublishTarget& target) {
  std::string comment = target.declared->comment;
  if (!comment.empty()) comment += "; ";
  comment += "published by coterie";
  std::string sql = fmt::format("COMMENT ON TABLE {} IS {}", target.sql(), postgres_text(comment));
  for (const auto& [column, text] : target.declared->column_comments) {
    if (std::ranges::find(target.columns, column, &PublishedColumn::name) != target.columns.end())
      sql += fmt::format("; COMMENT ON COLUMN {}.{} IS {}", target.sql(), postgres_name(column),
                         postgres_text(text));
  }
  return database.execute(sql);
}

}  // namespace

std::string PublishTarget::sql() const {
  return postgres_name(schema) + "." + postgres_name(info.name);
}

Result<PublishTarget> make_target(Connection& engine, const TableInfo& info,
                                  const PublishTable& declared, const std::string& schema) {
  PublishTarget target;
  target.info = info;
  target.declared = &declared;
  target.schema = schema;
  std::string added;
  if (!has_column(info, "updated_at"))
    added += fmt::format(", make_timestamp({}) AS updated_at", info.updated_at);
  if (!has_column(info, "model_version")) added += ", NULL::VARCHAR AS model_version";
  if (!has_column(info, "run_id")) added += fmt::format(", {} AS run_id", quote_text(info.run_id));
  target.select = fmt::format("SELECT *{} FROM main.{}", added, quote_name(info.name));
  ASSIGN_OR_RETURN(target.columns, published_columns(engine, target.select));
  RETURN_IF_ERROR(check_name(info.name, info.name));
  for (const PublishedColumn& column : target.columns)
    RETURN_IF_ERROR(check_name(column.name, info.name));
  return target;
}

Result<int64_t> fill_table(Connection& engine, PostgresConnection& database,
                           const PublishTarget& target, ProgressTask* progress) {
  // DELETE, not TRUNCATE: transactions that began before must still see the old rows.
  RETURN_IF_ERROR(database.execute("DELETE FROM " + target.sql()));
  auto rows = write_postgres(engine, target.select, database, target.sql(), progress);
  if (!rows.ok()) {
    Error error = rows.error();
    if (error.table.empty()) error.table = target.info.name;
    return error;
  }
  RETURN_IF_ERROR(add_comments(database, target));
  return rows;
}

}  // namespace coterie::data
