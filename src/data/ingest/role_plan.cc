#include "data/ingest/role_plan.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "data/ingest/source_sql.h"

namespace coterie::data {
namespace {

// The layers of the SELECT, inside out.
struct Layers {
  std::string source, prepared, middle, values;

  static void add(std::string& layer, const std::string& sql, const std::string& name) {
    layer += ", " + sql + " AS " + name;
  }
};

class Planner {
 public:
  Planner(const Project& project, const SourceConfig& source, const Relation& relation,
          const PlanTables& tables)
      : project_(project),
        source_(source),
        relation_(relation),
        tables_(tables),
        sql_(source, relation) {
    plan_.role = find_role(source.role);
    plan_.source = &source;
  }

  Result<RolePlan> run() {
    CHECK(plan_.role != nullptr);
    RETURN_IF_ERROR(plan_filters());
    ASSIGN_OR_RETURN(TimeZone zone, TimeZone::load(project_.timezone));
    const ConversionRules rules{.money = project_.money,
                                .zone = std::move(zone),
                                .time_format = source_.time_format,
                                .decimal_comma = source_.decimal == ","};
    for (const RoleColumn& column : plan_.role->columns) {
      RETURN_IF_ERROR(plan_column(column, rules));
    }
    RETURN_IF_ERROR(plan_key());
    plan_outcomes();
    find_unused();
    write_rows();
    return std::move(plan_);
  }

 private:
  // Rows left out before their values are looked at, and rows counted.
  Status plan_filters() {
    layers_.source = fmt::format("{} AS file, {} AS line", relation_.file_sql, relation_.line_sql);
    if (!tables_.exact_duplicates.empty()) {
      joins_ += fmt::format(" LEFT JOIN {} x ON x.file = t.file AND x.line = t.line",
                            tables_.exact_duplicates);
      add_case("x.file IS NOT NULL", {RowOutcome::Kind::kDuplicate, "duplicates", "", -1});
    }
    if (!source_.where.empty()) {
      ASSIGN_OR_RETURN(const std::string condition, sql_.condition(source_.where, {"where"}));
      add_outcome("NOT " + condition, {RowOutcome::Kind::kFiltered, "where", "", -1});
    }
    for (const RowRule& rule : source_.drop) {
      ASSIGN_OR_RETURN(const std::string condition,
                       sql_.condition(rule.condition, {"drop", rule.name}));
      add_outcome(condition, {RowOutcome::Kind::kDropped, rule.name, "", -1});
    }
    for (const RowRule& rule : source_.count) {
      ASSIGN_OR_RETURN(const std::string condition,
                       sql_.condition(rule.condition, {"count", rule.name}));
      Layers::add(layers_.source, condition, fmt::format("n{}", plan_.counted.size()));
      plan_.counted.push_back(rule.name);
    }
    return {};
  }

  // A condition over source columns, computed in the innermost layer.
  void add_outcome(const std::string& condition, RowOutcome outcome) {
    const std::string name = fmt::format("f{}", plan_.outcomes.size());
    Layers::add(layers_.source, condition, name);
    add_case(name, std::move(outcome));
  }
  void add_case(const std::string& condition, RowOutcome outcome) {
    plan_.outcomes.push_back(std::move(outcome));
    cases_ += fmt::format(" WHEN {} THEN {}", condition, plan_.outcomes.size());
  }

  Status plan_column(const RoleColumn& column, ConversionRules rules) {
    const std::string name(column.name);
    const auto declared = source_.columns.find(name);
    const bool is_declared = declared != source_.columns.end();
    const ColumnInfo* same_name = find_column(relation_, name);
    if (is_declared ? declared->second.empty() : same_name == nullptr) {
      plan_.absent_columns.push_back(name);
      if (column.required) return missing_column(column);
      return {};
    }
    const std::vector<std::string> key = key_of(name);
    ASSIGN_OR_RETURN(const TypedSql source,
                     sql_.value(is_declared ? declared->second : same_name->name, key));
    const auto rule = source_.id_rules.find(name);
    rules.integer_text = rule != source_.id_rules.end() && rule->second == "integer_text";
    std::string mend;
    const auto conversion = make_conversion(column.kind, source.sql_type, rules, mend);
    if (!conversion) {
      return sql_.error(key,
                        fmt::format("column '{}' of role '{}' cannot be made of {}", name,
                                    plan_.role->name, source.sql_type),
                        mend);
    }
    add_column(column, source.sql, *conversion);
    return {};
  }

  // Where the mapping of a role column is written.
  std::vector<std::string> key_of(const std::string& column) const {
    const bool by_time = column == plan_.role->time && source_.node && source_.node->find("time");
    if (by_time) return {"time"};
    return {"columns", column};
  }

  Error missing_column(const RoleColumn& column) const {
    const std::string names = fmt::format("{}", fmt::join(column_names(relation_), ", "));
    return sql_.error(
        {},
        fmt::format("role '{}' needs the column '{}' ({}), and {} has none of that name",
                    plan_.role->name, column.name, column.meaning, relation_.what),
        fmt::format("say which it is: columns: {{{}: COLUMN}}; there are {}", column.name, names));
  }

  void add_column(const RoleColumn& column, const std::string& source_sql,
                  const Conversion& conversion) {
    const size_t i = plan_.columns.size();
    const std::string r = fmt::format("r{}", i), v = fmt::format("v{}", i);
    std::string p = r, m;
    Layers::add(layers_.source, source_sql, r);
    if (!conversion.prepared.empty()) {
      p = fmt::format("p{}", i);
      Layers::add(layers_.prepared, bind_layer(conversion.prepared, r, r, r), p);
    }
    m = p;
    if (!conversion.middle.empty()) {
      m = fmt::format("m{}", i);
      Layers::add(layers_.middle, bind_layer(conversion.middle, r, p, p), m);
    }
    Layers::add(layers_.values, bind_layer(conversion.value, r, p, m), v);
    if (column.name == plan_.role->time) {
      Layers::add(layers_.values, bind_layer(conversion.day, r, p, m), "day");
      plan_.has_day = true;
    }
    plan_.columns.push_back({&column, v, r, conversion.sql_type, conversion.numeric_id});
    reasons_.push_back(conversion.reason);
  }

  Status plan_key() {
    plan_.key = source_.key;
    if (plan_.key.empty()) plan_.key.assign(plan_.role->key.begin(), plan_.role->key.end());
    std::vector<std::string> needed = plan_.key;
    if (!source_.latest_by.empty()) needed.push_back(source_.latest_by);
    for (const std::string& name : needed) {
      if (plan_.find(name)) continue;
      return sql_.error(
          {"key"},
          fmt::format("'{}' is named as a key, but {} does not give it", name, relation_.what),
          "map it in 'columns', or take it out of 'key' or 'latest_by'");
    }
    return {};
  }

  MissingRule missing_rule(const RoleColumn& column) const {
    const auto found = source_.missing.find(std::string(column.name));
    return found == source_.missing.end() ? MissingRule::kReject : found->second;
  }

  void plan_outcomes() {
    using Kind = RowOutcome::Kind;
    for (size_t i = 0; i < plan_.columns.size(); ++i) {
      const PlannedColumn& planned = plan_.columns[i];
      const std::string name(planned.column->name);
      const int index = static_cast<int>(i);
      const bool in_key = std::ranges::find(plan_.key, name) != plan_.key.end();
      const bool needed = planned.column->required || in_key;
      const MissingRule rule = missing_rule(*planned.column);
      if (rule == MissingRule::kDrop) {
        add_case(planned.source + " IS NULL", {Kind::kDropped, "without " + name, "", index});
      }
      add_case(fmt::format("{} IS NOT NULL AND {} IS NULL", planned.source, planned.value),
               {Kind::kBad, name, reasons_[i], index});
      if (needed && (rule == MissingRule::kReject || in_key)) {
        add_case(planned.source + " IS NULL", {Kind::kMissing, name, "missing", index});
      }
    }
    plan_unknown_ids();
  }

  void plan_unknown_ids() {
    for (size_t i = 0; i < plan_.columns.size() && source_.unknown_ids_rejected; ++i) {
      const PlannedColumn& planned = plan_.columns[i];
      const auto known = tables_.known_ids.find(std::string(planned.column->entity));
      if (known == tables_.known_ids.end() || planned.column->entity == plan_.role->entity)
        continue;
      const std::string alias = fmt::format("k{}", i);
      joins_ += fmt::format(" LEFT JOIN {} {} ON {}.id = {}::VARCHAR", known->second, alias, alias,
                            planned.value);
      add_case(
          fmt::format("{} IS NOT NULL AND {}.id IS NULL", planned.value, alias),
          {RowOutcome::Kind::kUnknown, std::string(planned.column->name),
           fmt::format("no such {} in its table", planned.column->entity), static_cast<int>(i)});
    }
  }

  void find_unused() {
    const std::set<std::string> used(sql_.used().begin(), sql_.used().end());
    for (const ColumnInfo& column : relation_.columns) {
      if (!used.contains(column.name)) plan_.unused_columns.push_back(column.name);
    }
  }

  void write_rows() {
    const std::string why = cases_.empty() ? "0" : fmt::format("CASE{} ELSE 0 END", cases_);
    plan_.rows = fmt::format(
        "SELECT t.*, ({})::INTEGER AS why FROM (SELECT *{} FROM (SELECT *{} FROM (SELECT *{} FROM "
        "(SELECT {} FROM {})))) t{}",
        why, layers_.values, layers_.middle, layers_.prepared, layers_.source, relation_.from,
        joins_);
  }

  const Project& project_;
  const SourceConfig& source_;
  const Relation& relation_;
  const PlanTables& tables_;
  SourceSql sql_;
  Layers layers_;
  std::string cases_, joins_;
  std::vector<std::string> reasons_;
  RolePlan plan_;
};

}  // namespace

const PlannedColumn* RolePlan::find(std::string_view role_column) const {
  const auto found = std::ranges::find_if(
      columns, [&](const PlannedColumn& planned) { return planned.column->name == role_column; });
  return found == columns.end() ? nullptr : &*found;
}

std::string RolePlan::loaded_rows() const {
  std::string select = "SELECT file, line";
  if (has_day) select += ", day";
  for (const PlannedColumn& planned : columns) select += ", " + planned.value;
  return select + " FROM (" + rows + ") WHERE why = 0";
}

Result<RolePlan> plan_role(const Project& project, const SourceConfig& source,
                           const Relation& relation, const PlanTables& tables) {
  return Planner(project, source, relation, tables).run();
}

}  // namespace coterie::data
