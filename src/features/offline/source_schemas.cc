#include "features/offline/source_schemas.h"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "base/letter_case.h"
#include "data/engine/sql_text.h"
#include "data/project/roles.h"
#include "features/offline/pushed_rows.h"

namespace coterie::features {
namespace {

YamlNode key_node(const Source& source, const char* key) {
  const auto found = source.node.find(key);
  return found ? *found : source.node;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool names_table(const std::string& sql, const std::string& table) {
  for (size_t at = sql.find(table); at != std::string::npos; at = sql.find(table, at + 1)) {
    const bool begins = at == 0 || !is_word(sql[at - 1]);
    const size_t end = at + table.size();
    if (begins && (end == sql.size() || !is_word(sql[end]))) return true;
  }
  return false;
}

// Column name -> entity, of every coded column that the warehouse has: how ids that a SELECT passes
// through are recognised.
std::map<std::string, std::string, std::less<>> coded_columns(const data::Snapshot& snapshot) {
  std::map<std::string, std::string, std::less<>> coded;
  for (const data::TableInfo& table : snapshot.tables()) {
    for (const data::ColumnSchema& column : table.columns) {
      if (!column.entity.empty()) coded.emplace(column.name, column.entity);
    }
  }
  return coded;
}

// Whether SQL that does not bind may fail for a table that is not loaded.
bool reads_missing_role(const Source& source, const data::Snapshot& snapshot) {
  const auto roles = tables_read(source, data::role_names());
  return !source.sql.empty() &&
         std::ranges::any_of(roles, [&](const auto& role) { return !snapshot.has(role); });
}

class SchemaFinder {
 public:
  SchemaFinder(const data::Snapshot& snapshot, data::Connection& connection, bool pushed_rows)
      : snapshot_(snapshot),
        connection_(connection),
        pushed_rows_(pushed_rows),
        coded_(coded_columns(snapshot)) {}

  Result<SourceSchema> find(const Source& source);

 private:
  Result<std::vector<data::ColumnInfo>> describe(const Source& source);
  static Status set_times(const Source& source, SourceSchema& schema);

  const data::Snapshot& snapshot_;
  data::Connection& connection_;
  bool pushed_rows_;
  std::map<std::string, std::string, std::less<>> coded_;
};

Result<std::vector<data::ColumnInfo>> SchemaFinder::describe(const Source& source) {
  auto columns = connection_.describe("SELECT * FROM " + base_relation(source));
  if (columns.ok()) return columns;
  const Error& error = columns.error();
  if (error.code == ErrorCode::kCancelled) return error;
  return key_node(source, source.sql.empty() ? "table" : "sql")
      .error(fmt::format("source '{}': {}", source.name, error.message),
             "write a SELECT over the tables that `coterie tables` lists");
}

Result<SourceSchema> SchemaFinder::find(const Source& source) {
  ASSIGN_OR_RETURN(const std::vector<data::ColumnInfo> columns, describe(source));
  SourceSchema schema;
  for (const data::ColumnInfo& column : columns) {
    const auto coded = coded_.find(column.name);
    if (coded != coded_.end() && column.sql_type == "INTEGER") {
      schema.columns.push_back({{.name = column.name, .type = expr::kTextType}, coded->second});
      continue;
    }
    auto readable = expr::column_from_sql(column.name, column.sql_type);
    if (readable) schema.columns.push_back({std::move(*readable), ""});
  }
  RETURN_IF_ERROR(set_times(source, schema));
  schema.relation = base_relation(source);
  if (const std::string pushed = pushed_table(source.name); pushed_rows_ && snapshot_.has(pushed)) {
    schema.relation = fmt::format("(SELECT * FROM {} UNION ALL BY NAME SELECT * FROM facts.{})",
                                  schema.relation, data::quote_name(pushed));
  }
  return schema;
}

Status SchemaFinder::set_times(const Source& source, SourceSchema& schema) {
  if (source.is_static) return {};
  schema.timestamp_field = source.timestamp_field;
  if (schema.timestamp_field.empty() && !source.table.empty()) {
    const data::Role* role = data::find_role(source.table);
    if (role != nullptr) schema.timestamp_field = role->time;
  }
  if (schema.timestamp_field.empty()) {
    return source.node.error(
        fmt::format("source '{}' has no history: nothing says when its rows became true",
                    source.name),
        "name its `timestamp_field`, or declare `static: true` if today's rows may stand for the "
        "past");
  }
  const SourceColumn* time = schema.find(schema.timestamp_field);
  if (time != nullptr && !time->column.type.is(expr::TypeKind::kTimestamp) &&
      !time->column.type.is(expr::TypeKind::kDate)) {
    return key_node(source, "timestamp_field")
        .error(fmt::format("column '{}' of source '{}' is {}, not a time", schema.timestamp_field,
                           source.name, time->column.type.to_text()),
               "name a column of type timestamp or date");
  }
  schema.arrived_at = source.arrived_at;
  if (schema.arrived_at.empty() && schema.find("arrived_at") != nullptr)
    schema.arrived_at = "arrived_at";
  return {};
}

}  // namespace

std::string dictionary_of_column(const data::Snapshot& snapshot, const std::string& column) {
  const auto coded = coded_columns(snapshot);
  const auto found = coded.find(column);
  return found == coded.end() ? "" : found->second;
}

std::vector<std::string> tables_read(const Source& source, const std::vector<std::string>& tables) {
  std::vector<std::string> read;
  const std::string sql = lower_case(source.sql);
  for (const std::string& table : tables) {
    if (source.sql.empty() ? source.table == table : names_table(sql, table)) read.push_back(table);
  }
  return read;
}

std::string base_relation(const Source& source) {
  // A SELECT may end in a comment.
  if (!source.sql.empty()) return "(" + source.sql + "\n)";
  return "facts." + data::quote_name(source.table);
}

Result<SourceSchemas> find_source_schemas(std::span<const Source* const> sources,
                                          const data::Snapshot& snapshot,
                                          data::Connection& connection, const TimeZone& zone,
                                          bool pushed_rows) {
  SchemaFinder finder(snapshot, connection, pushed_rows);
  SourceSchemas schemas;
  for (const Source* source : sources) {
    if (!source->request.empty()) continue;
    if (!source->table.empty() && !snapshot.has(source->table)) continue;
    auto schema = finder.find(*source);
    if (!schema.ok()) {
      if (reads_missing_role(*source, snapshot)) continue;
      return schema.error();
    }
    schema->zone = zone;
    schemas.emplace(source->name, *std::move(schema));
  }
  return schemas;
}

}  // namespace coterie::features
