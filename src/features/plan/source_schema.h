#pragma once
// The columns of sources as expressions see them, found by whoever can look: offline/ describes
// the warehouse's tables.

#include <map>
#include <string>
#include <vector>

#include "base/timezone.h"
#include "expr/types.h"

namespace coterie::features {

// `dictionary`: the column holds ids of that entity of the warehouse ("customer", "article"), coded
// there by its dictionary; expressions see the external id as text. "" = a plain column.
struct SourceColumn {
  expr::Column column;
  std::string dictionary;
};

struct SourceSchema {
  std::string relation;               // SQL of the rows: a table's name or "(SELECT ...)"
  std::vector<SourceColumn> columns;  // of the table or SELECT, without Source::columns
  std::string timestamp_field;        // resolved; "" of a static source
  std::string arrived_at;             // resolved; "" = none
  TimeZone zone = {};                 // the project's: a date means the end of that day there

  const SourceColumn* find(std::string_view name) const;
};

using SourceSchemas = std::map<std::string, SourceSchema, std::less<>>;

}  // namespace coterie::features
