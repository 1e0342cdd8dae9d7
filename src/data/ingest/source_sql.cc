#include "data/ingest/source_sql.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "data/ingest/convert_sql.h"

namespace coterie::data {
namespace {

expr::Schema schema_of(const Relation& relation) {
  std::vector<expr::Column> columns;
  for (const ColumnInfo& column : relation.columns) {
    if (auto known = expr::column_from_sql(column.name, column.sql_type)) {
      columns.push_back(*std::move(known));
    }
  }
  return expr::Schema(std::move(columns));
}

// The node at a path below the source, as deep as it is written.
std::optional<YamlNode> node_at(const SourceConfig& source, const std::vector<std::string>& key) {
  std::optional<YamlNode> node = source.node;
  for (const std::string& name : key) {
    if (!node || !node->is_map()) break;
    const auto below = node->find(name);
    if (!below) break;
    node = below;
  }
  return node;
}

}  // namespace

SourceSql::SourceSql(const SourceConfig& source, const Relation& relation)
    : source_(source), relation_(relation), schema_(schema_of(relation)) {}

Error SourceSql::error(const std::vector<std::string>& key, std::string message,
                       std::string mend) const {
  const auto node = node_at(source_, key);
  if (node) return node->error(std::move(message), std::move(mend));
  return invalid_input(std::move(message)).for_key("sources." + source_.name).with_mend(mend);
}

expr::Origin SourceSql::origin(const std::vector<std::string>& key, size_t offset) const {
  const auto node = node_at(source_, key);
  if (!node) return {};
  const int64_t quote = node->is_quoted() ? 1 : 0;
  return {node->file(), node->line(), node->column() + quote + static_cast<int64_t>(offset)};
}

std::string SourceSql::column(const ColumnInfo& column) const {
  const std::string name = quote_name(column.name);
  if (column.sql_type != "VARCHAR") return name;
  // Staged text has no empty values any more.
  if (relation_.text && source_.null_texts.empty()) return name;
  std::vector<std::string> nulls = source_.null_texts;
  nulls.emplace_back();
  std::string list;
  for (const std::string& text : nulls) list += (list.empty() ? "" : ", ") + quote_text(text);
  return fmt::format("(CASE WHEN {0} NOT IN ({1}) THEN {0} END)", name, list);
}

std::string SourceSql::quoted(std::string_view name) const {
  const ColumnInfo* found = find_column(relation_, name);
  return found ? column(*found) : quote_name(name);
}

Result<expr::Expression> SourceSql::parse(std::string_view text, bool condition,
                                          const expr::Origin& origin) const {
  auto parsed = condition ? expr::Expression::parse_condition(text, schema_, origin)
                          : expr::Expression::parse(text, schema_, origin);
  if (!parsed) {
    Error error = parsed.error();
    error.key = "sources." + source_.name;
    return error;
  }
  for (const std::string& name : parsed->column_names()) used_.push_back(name);
  return parsed;
}

Result<TypedSql> SourceSql::value(const std::string& mapped,
                                  const std::vector<std::string>& key) const {
  if (mapped.starts_with('=')) {
    ASSIGN_OR_RETURN(const expr::Expression expression,
                     parse(std::string_view(mapped).substr(1), false, origin(key, 1)));
    return TypedSql{expression.to_sql([this](std::string_view name) { return quoted(name); }),
                    expression.type().to_sql()};
  }
  const ColumnInfo* found = find_column(relation_, mapped);
  if (!found) {
    return error(key, fmt::format("there is no column '{}' in {}", mapped, relation_.what),
                 nearest_mend(mapped, column_names(relation_),
                              fmt::format("it has {}", fmt::join(column_names(relation_), ", "))));
  }
  used_.push_back(found->name);
  return TypedSql{column(*found), found->sql_type};
}

Result<std::string> SourceSql::condition(const std::string& text,
                                         const std::vector<std::string>& key) const {
  ASSIGN_OR_RETURN(const expr::Expression expression, parse(text, true, origin(key, 0)));
  return "coalesce(" + expression.to_sql([this](std::string_view name) { return quoted(name); }) +
         ", false)";
}

}  // namespace coterie::data
