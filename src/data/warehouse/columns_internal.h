#pragma once
// Which columns a write may have: how their types are stored, and whether they agree with the
// table. Private to this folder.

#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/warehouse/table_info.h"

namespace coterie::data {

// What was declared of a table, without its name and counts.
struct TableShape {
  std::vector<ColumnSchema> columns;
  std::vector<std::string> key;
  std::string day_column;
  std::vector<std::string> sort_by;
};

TableShape shape_of(const TableInfo& info);

// Small letters (the engine does not tell cases apart), digits and underscores, at most 100, not
// beginning with a digit or like a dictionary: the name is a folder's and a view's.
Status check_table_name(const std::string& table);

// The type that Parquet gives back as it was given; kInvalidInput if there is none.
Result<std::string> storable_type(const std::string& sql_type);

// The shape that the table has after a write of `select` with these options. `existing` is null for
// a new table (or one that is reshaped); its columns come first, in its order.
Result<TableShape> shape_after(const std::string& table, const std::vector<ColumnInfo>& select,
                               const TableOptions& options, const TableShape* existing);

// Whether what was staged for `staged` may be added to a table that is `now`.
bool still_agrees(const TableShape& staged, const TableShape& now);

// "SELECT ... FROM (select)" with the shape's columns in its order, cast to their stored types, and
// rows in sort_by's order.
std::string projection(const TableShape& shape, const std::vector<ColumnInfo>& select_columns,
                       const std::string& select);

}  // namespace coterie::data
