#pragma once
// SQL of the views through which the engine reads parts. Private to this folder.

#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/warehouse/catalog_internal.h"

namespace coterie::data {

// A part and the columns that its file has.
struct ReadablePart {
  std::string file;  // relative
  int64_t schema = 0;
  DayMask mask;
  std::vector<ColumnSchema> columns;
};

// Parts of one table with their columns, in the catalogue's order.
Result<std::vector<ReadablePart>> readable_parts(Catalog& catalog,
                                                 const std::vector<PartRow>& parts);

// A SELECT of all visible rows with `columns` in this order: null where a part lacks a column.
std::string select_parts(const std::string& warehouse, const std::vector<ColumnSchema>& columns,
                         const std::string& day_column, const std::vector<ReadablePart>& parts);

// SELECT (code, id, number) of a dictionary's files.
std::string select_dictionary(const std::vector<std::string>& paths, bool numeric);

// SELECT with the columns that hold codes replaced by external ids.
std::string select_restored(const TableInfo& table,
                            const std::vector<DictionaryInfo>& dictionaries);

// A SELECT that has the columns and fails with `message` when it is run.
std::string select_failing(const std::vector<ColumnSchema>& columns, const std::string& message);

// CREATE OR REPLACE VIEW, in the connection's private catalog.
Status create_view(Connection& connection, const std::string& schema, const std::string& name,
                   const std::string& select);

}  // namespace coterie::data
