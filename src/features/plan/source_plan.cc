#include "features/plan/source_plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "features/plan/yaml_place_internal.h"

namespace coterie::features {
namespace {

Cell cell_of(const expr::Type& type) {
  if (type.is(expr::TypeKind::kReal)) return Cell::kReal;
  if (type.is(expr::TypeKind::kText)) return Cell::kCode;
  return Cell::kInteger;
}

// The dictionary of an expression that is nothing but an id column.
std::string dictionary_of(const expr::Expression& expression, const SourcePlan& plan) {
  if (!expression.is_column()) return "";
  const SourceColumn* column = plan.table.find(expression.columns()[0].name);
  return column == nullptr ? "" : column->dictionary;
}

Error missing_column(const Source& source, const char* key, std::string_view column,
                     const SourceSchema& table, const std::string& what) {
  std::vector<std::string> names;
  for (const SourceColumn& each : table.columns) names.push_back(each.column.name);
  return place_of(source.node, {key})
      .error(fmt::format("source '{}' has no column '{}'{}", source.name, column, what),
             nearest_mend(column, names,
                          "its columns are " + fmt::format("{}", fmt::join(names, ", "))));
}

}  // namespace

YamlNode place_of(const YamlNode& node, std::initializer_list<std::string_view> keys) {
  YamlNode at = node;
  for (const std::string_view key : keys) {
    if (!at.is_map()) break;
    const auto found = at.find(key);
    if (found) at = *found;
  }
  return at;
}

expr::Origin origin_of(const YamlNode& node) {
  if (!node.is_scalar()) return {node.file(), node.line(), node.column()};
  return {node.file(), node.line(), node.column() + (node.is_quoted() ? 1 : 0)};
}

const SourceColumn* SourceSchema::find(std::string_view name) const {
  const auto found = std::ranges::find_if(
      columns, [&](const SourceColumn& each) { return each.column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

Result<SourcePlan> SourcePlan::open(const Source& source, const Entity& entity,
                                    const SourceSchema& table) {
  SourcePlan plan;
  plan.source = &source;
  plan.entity = &entity;
  plan.table = table;
  for (const std::string& key : entity.join_keys) {
    if (table.find(key) == nullptr)
      return missing_column(source, "table", key, table,
                            fmt::format(", the join key of entity '{}'", entity.name));
  }
  if (!table.timestamp_field.empty() && table.find(table.timestamp_field) == nullptr)
    return missing_column(source, "timestamp_field", table.timestamp_field, table, "");
  if (!table.arrived_at.empty() && table.find(table.arrived_at) == nullptr)
    return missing_column(source, "arrived_at", table.arrived_at, table, "");

  std::vector<expr::Column> columns;
  for (const SourceColumn& each : table.columns) columns.push_back(each.column);
  plan.schema = expr::Schema(columns);
  for (const auto& [name, text] : source.columns) {
    const YamlNode node = place_of(source.node, {"columns", name});
    if (plan.schema.find(name) != nullptr) {
      return node.error(fmt::format("source '{}' has a column '{}' already", source.name, name),
                        "give the computed column another name");
    }
    ASSIGN_OR_RETURN(expr::Expression expression,
                     expr::Expression::parse(text, plan.schema, origin_of(node)));
    columns.push_back({.name = name, .type = expression.type()});
    plan.computed.push_back({name, std::move(expression)});
    plan.schema = expr::Schema(columns);
  }
  if (!source.where.empty()) {
    ASSIGN_OR_RETURN(
        plan.where, expr::Expression::parse_condition(source.where, plan.schema,
                                                      origin_of(place_of(source.node, {"where"}))));
  }
  return plan;
}

Result<int> SourcePlan::add_field(const std::string& text, const YamlNode& node) {
  ASSIGN_OR_RETURN(expr::Expression expression,
                   expr::Expression::parse(text, schema, origin_of(node)));
  const std::string canonical = expression.to_text();
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].expression.to_text() == canonical) return static_cast<int>(i);
  }
  const expr::Type type = expression.type();
  if (type.is(expr::TypeKind::kNull))
    return node.error("the expression is always null", "name a column");
  std::string dictionary = dictionary_of(expression, *this);
  fields.push_back({std::move(expression), type, cell_of(type), std::move(dictionary)});
  layout.columns.push_back(fields.back().cell);
  return static_cast<int>(fields.size() - 1);
}

Result<int> SourcePlan::add_filter(const std::string& condition, const YamlNode& node) {
  ASSIGN_OR_RETURN(expr::Expression expression,
                   expr::Expression::parse_condition(condition, schema, origin_of(node)));
  const std::string canonical = expression.to_text();
  for (size_t i = 0; i < filters.size(); ++i) {
    if (filters[i].to_text() == canonical) return static_cast<int>(i);
  }
  filters.push_back(std::move(expression));
  layout.filters = static_cast<int>(filters.size());
  return layout.filters - 1;
}

}  // namespace coterie::features
