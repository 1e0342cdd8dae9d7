#include "data/ingest/duplicates.h"

#include <fmt/format.h>

namespace coterie::data {
namespace {

// Keeps the (file, line) of all but the first row, in `order`, of every group of equal `keys`.
Result<int64_t> keep_others(const std::string& rows, const std::string& keys,
                            const std::string& order, const std::string& table,
                            Connection& connection) {
  const std::string with_hash = fmt::format("SELECT *, hash({}) AS h FROM ({})", keys, rows);
  RETURN_IF_ERROR(connection.execute(
      fmt::format("CREATE OR REPLACE TEMP TABLE doubled AS SELECT h FROM (SELECT hash({}) AS h "
                  "FROM ({})) GROUP BY h HAVING count(*) > 1",
                  keys, rows)));
  RETURN_IF_ERROR(connection.execute(fmt::format(
      "CREATE OR REPLACE TEMP TABLE {} AS SELECT file, line FROM (SELECT file, line, row_number() "
      "OVER (PARTITION BY {} ORDER BY {}) AS place FROM ({}) SEMI JOIN doubled USING (h)) "
      "WHERE place > 1; DROP TABLE doubled",
      table, keys, order, with_hash)));
  return connection.scalar_int("SELECT count(*) FROM " + table);
}

}  // namespace

Result<int64_t> find_exact_duplicates(const Relation& relation, Connection& connection) {
  std::string columns, keys = "file";
  for (size_t i = 0; i < relation.columns.size(); ++i) {
    columns += fmt::format(", {} AS c{}", quote_name(relation.columns[i].name), i);
    keys += fmt::format(", c{}", i);
  }
  const std::string rows = fmt::format("SELECT {} AS file, {} AS line{} FROM {}", relation.file_sql,
                                       relation.line_sql, columns, relation.from);
  return keep_others(rows, keys, "line", kExactDuplicatesTable, connection);
}

Result<int64_t> find_losers(const RolePlan& plan, Connection& connection) {
  std::string keys;
  for (const std::string& name : plan.key) {
    keys += (keys.empty() ? "" : ", ") + plan.find(name)->value;
  }
  std::string order;
  if (!plan.source->latest_by.empty()) {
    order = plan.find(plan.source->latest_by)->value + " DESC NULLS LAST, ";
  }
  order += "file DESC, line DESC";
  return keep_others(plan.loaded_rows(), keys, order, kLosersTable, connection);
}

}  // namespace coterie::data
