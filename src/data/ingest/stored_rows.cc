#include "data/ingest/stored_rows.h"

#include <algorithm>

#include <fmt/format.h>

#include "data/ingest/duplicates.h"

namespace coterie::data {
namespace {

constexpr const char* kDay = "day";

// Whether the dictionary restores integers, so that integer ids can be joined as such.
Result<bool> has_numbers(const std::string& dictionary, Connection& connection) {
  ASSIGN_OR_RETURN(const int64_t numbers,
                   connection.scalar_int(fmt::format("SELECT count(*) FROM (SELECT 1 FROM {} "
                                                     "WHERE number IS NOT NULL LIMIT 1)",
                                                     dictionary)));
  return numbers > 0;
}

struct StoredColumns {
  std::string select;
  std::string joins;
  void add(const std::string& sql, std::string_view name) {
    select += fmt::format("{}{} AS {}", select.empty() ? "" : ", ", sql, quote_name(name));
  }
};

Status add_id(StoredColumns& stored, const PlannedColumn& planned, Connection& connection) {
  const std::string dictionary =
      "facts." + quote_name("dict_" + std::string(planned.column->entity));
  const std::string alias = "d" + planned.value;
  bool as_number = false;
  if (planned.numeric_id) {
    ASSIGN_OR_RETURN(as_number, has_numbers(dictionary, connection));
  }
  stored.joins += as_number ? fmt::format(" LEFT JOIN {0} {1} ON {1}.number = s.{2}", dictionary,
                                          alias, planned.value)
                            : fmt::format(" LEFT JOIN {0} {1} ON {1}.id = s.{2}::VARCHAR",
                                          dictionary, alias, planned.value);
  stored.add(alias + ".code", planned.column->name);
  return {};
}

}  // namespace

Status encode_ids(const RolePlan& plan, WriteTransaction& transaction, Connection& connection) {
  for (const PlannedColumn& planned : plan.columns) {
    if (planned.column->kind != ColumnKind::kId) continue;
    RETURN_IF_ERROR(transaction.encode_ids(
        std::string(planned.column->entity), connection,
        fmt::format("SELECT DISTINCT {} AS id FROM ({})", planned.value, plan.loaded_rows()),
        planned.numeric_id));
  }
  return {};
}

Result<std::string> stored_select(const RolePlan& plan, const std::optional<TableInfo>& table,
                                  bool losers, const std::string& condition,
                                  Connection& connection) {
  StoredColumns stored;
  for (const RoleColumn& column : plan.role->columns) {
    const PlannedColumn* planned = plan.find(column.name);
    if (planned && column.kind == ColumnKind::kId) {
      RETURN_IF_ERROR(add_id(stored, *planned, connection));
    } else if (planned) {
      stored.add("s." + planned->value, column.name);
    } else if (table) {
      const auto kept = std::ranges::find(table->columns, column.name, &ColumnSchema::name);
      if (kept != table->columns.end()) {
        stored.add(fmt::format("NULL::{}", kept->sql_type), column.name);
      }
    }
  }
  if (plan.has_day) stored.add("s.day", kDay);
  std::string rows = plan.loaded_rows();
  if (!condition.empty()) rows += " AND " + condition;
  if (losers) {
    rows = fmt::format("SELECT * FROM ({}) ANTI JOIN {} USING (file, line)", rows, kLosersTable);
  }
  return fmt::format("SELECT {} FROM ({}) s{}", stored.select, rows, stored.joins);
}

bool has_day_column(const RolePlan& plan) {
  const RoleColumn* time = plan.role->find(plan.role->time);
  return plan.has_day && time && time->required &&
         !plan.source->missing.contains(std::string(plan.role->time));
}

TableOptions table_options(const RolePlan& plan) {
  TableOptions options;
  options.key = plan.key;
  if (has_day_column(plan)) options.day_column = kDay;
  for (const PlannedColumn& planned : plan.columns) {
    if (planned.column->kind == ColumnKind::kId) {
      options.entities.emplace_back(planned.column->name, planned.column->entity);
    }
  }
  return options;
}

}  // namespace coterie::data
