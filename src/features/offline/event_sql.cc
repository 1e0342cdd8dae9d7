#include "features/offline/event_sql.h"

#include <set>

#include <fmt/format.h>

#include "data/engine/sql_text.h"

namespace coterie::features {
namespace {

// The external id beside a coded column. No identifier of a registry has a blank.
std::string text_column(std::string_view id_column) {
  return data::quote_name(std::string(id_column) + " text");
}

// Writes a plan's expressions and remembers which ids they need as text.
class EventSelect {
 public:
  explicit EventSelect(const SourcePlan& plan) : plan_(plan) {}

  std::string column(std::string_view name) {
    const SourceColumn* found = plan_.table.find(name);
    if (found == nullptr || found->dictionary.empty()) return data::quote_name(name);
    texts_.insert(std::string(name));
    return text_column(name);
  }
  std::string sql(const expr::Expression& expression) {
    return expression.to_sql([this](std::string_view name) { return column(name); });
  }
  std::string field(const Field& field) {
    if (field.dictionary.empty()) return sql(field.expression);
    return data::quote_name(field.expression.columns()[0].name);
  }
  // A TIMESTAMP, or a DATE as it stands.
  std::string time(const std::string& name) const {
    const std::string quoted = data::quote_name(name);
    return holds_days(plan_.table, name) ? quoted : "CAST(" + quoted + " AS TIMESTAMP)";
  }
  // Not later than `latest`: days that have ended by then.
  std::string not_later(const std::string& name, Micros latest) const {
    if (!holds_days(plan_.table, name))
      return fmt::format("{} <= make_timestamp({})", time(name), latest);
    const TimeZone& zone = plan_.table.zone;
    const int32_t day = zone.day_of(latest);
    return fmt::format("{} <= DATE '1970-01-01' + {}", time(name),
                       zone.day_end(day) <= latest ? day : day - 1);
  }
  std::string key(const std::string& name) { return "CAST(" + column(name) + " AS VARCHAR)"; }

  // The rows, with computed columns and the texts that were asked for: call it last. Computed
  // columns see those before them, so each is a level of its own.
  std::string relation() {
    std::string levels_end;
    std::string levels;
    for (auto column = plan_.computed.rbegin(); column != plan_.computed.rend(); ++column) {
      levels += fmt::format("SELECT *, {} AS {} FROM (", sql(column->expression),
                            data::quote_name(column->name));
      levels_end += ")";
    }
    std::string texts, joins;
    int number = 0;
    for (const std::string& name : texts_) {
      texts += fmt::format(", d{}.id AS {}", number, text_column(name));
      joins += fmt::format(" LEFT JOIN facts.dict_{0} d{1} ON d{1}.code = t.{2}",
                           plan_.table.find(name)->dictionary, number, data::quote_name(name));
      ++number;
    }
    return fmt::format("({}SELECT t.*{} FROM {} t{}{})", levels, texts, plan_.table.relation, joins,
                       levels_end);
  }

 private:
  const SourcePlan& plan_;
  std::set<std::string> texts_;
};

}  // namespace

bool holds_days(const SourceSchema& table, const std::string& column) {
  return table.find(column)->column.type.is(expr::TypeKind::kDate);
}

std::string distinct_keys_sql(const SourcePlan& plan) {
  EventSelect select(plan);
  std::string columns, conditions = plan.where ? select.sql(*plan.where) : "true";
  int number = 0;
  for (const std::string& key : plan.entity->join_keys) {
    const std::string text = select.key(key);
    columns += fmt::format("{}{} AS k{}", number == 0 ? "" : ", ", text, number);
    conditions += " AND " + text + " IS NOT NULL";
    ++number;
  }
  return fmt::format("SELECT DISTINCT {} FROM {} WHERE {}", columns, select.relation(), conditions);
}

std::string event_sql(const SourcePlan& plan, const std::string& keys, const EventScope& scope) {
  EventSelect select(plan);
  std::string entity = data::quote_name(plan.entity->join_keys.front());
  std::string join;
  if (!keys.empty()) {
    entity = "k.code";
    int number = 0;
    for (const std::string& key : plan.entity->join_keys) {
      join += fmt::format("{}{} = k.k{}", number == 0 ? "" : " AND ", select.key(key), number);
      ++number;
    }
    join = " JOIN " + keys + " k ON " + join;
  }
  std::string columns = entity + " AS entity", conditions = entity + " IS NOT NULL";
  if (!plan.table.timestamp_field.empty()) {
    const std::string time = select.time(plan.table.timestamp_field);
    columns += ", " + time + " AS time";
    if (!plan.table.arrived_at.empty())
      columns += ", " + select.time(plan.table.arrived_at) + " AS arrived";
    conditions += fmt::format(" AND {} IS NOT NULL", time);
    if (scope.latest)
      conditions += " AND " + select.not_later(plan.table.timestamp_field, *scope.latest);
  }
  int number = 0;
  for (const Field& field : plan.fields)
    columns += fmt::format(", {} AS f{}", select.field(field), number++);
  number = 0;
  for (const expr::Expression& filter : plan.filters)
    columns += fmt::format(", {} AS p{}", select.sql(filter), number++);
  if (plan.where) conditions += " AND " + select.sql(*plan.where);
  if (scope.first_entity > 0)
    conditions += fmt::format(" AND {} >= {}", entity, scope.first_entity);
  if (scope.end_entity < INT64_MAX)
    conditions += fmt::format(" AND {} < {}", entity, scope.end_entity);
  return fmt::format("SELECT {} FROM {}{} WHERE {}", columns, select.relation(), join, conditions);
}

}  // namespace coterie::features
