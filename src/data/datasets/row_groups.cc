#include <string>

#include "base/check.h"
#include "data/datasets/row_groups_internal.h"

namespace coterie::data {
namespace {

using parquet::ColumnType;

ColumnType type_of(std::string_view type) {
  if (type == "customer" || type == "article" || type == "name" || type == "INTEGER")
    return ColumnType::kInteger32;
  if (type == "BIGINT") return ColumnType::kInteger;
  if (type == "DOUBLE") return ColumnType::kReal;
  if (type == "DATE") return ColumnType::kDate;
  if (type == "TIMESTAMP") return ColumnType::kTimestamp;
  if (type == "money" || type.starts_with("DECIMAL(18,")) return ColumnType::kDecimal;
  CHECK(type == "VARCHAR");
  return ColumnType::kText;
}

}  // namespace

std::vector<parquet::Column> stored_columns(const DatasetTable& table, const Facts& facts) {
  std::vector<parquet::Column> columns;
  for (const DatasetColumn& declared : table.columns) {
    parquet::Column& column = columns.emplace_back();
    column.name = declared.name;
    column.type = type_of(declared.type);
    column.nullable = true;
    if (declared.type == "money") column.decimals = facts.money_decimals;
    if (declared.type.starts_with("DECIMAL(18,"))
      column.decimals = std::stoi(std::string(declared.type.substr(11)));
  }
  return columns;
}

}  // namespace coterie::data
