#pragma once
// The columns that a registry's sources have in a warehouse.

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/warehouse/snapshot.h"
#include "features/plan/source_schema.h"
#include "features/registry/registry.h"

namespace coterie::features {

// `connection` has the snapshot attached; SELECTs of sources see the tables as they are stored
// (schema `facts`: ids are codes). Sources whose table (or a role that their SELECT names) the
// warehouse does not have are left out,
// and told by whoever compiles features of them. kInvalidInput at the source's line: SQL that does
// not bind, a column of a type that expressions cannot read as time, a table without time that is
// not declared `static`. `zone` is the project's. Rows that were pushed count or not.
Result<SourceSchemas> find_source_schemas(std::span<const Source* const> sources,
                                          const data::Snapshot& snapshot,
                                          data::Connection& connection, const TimeZone& zone,
                                          bool pushed_rows = true);

// The dictionary that codes columns of this name in the warehouse's tables, "" if none does.
std::string dictionary_of_column(const data::Snapshot& snapshot, const std::string& column);

// Which of `tables` a source reads: its table, or those that its SQL names (any word that is the
// same, so one too many at worst).
std::vector<std::string> tables_read(const Source& source, const std::vector<std::string>& tables);

// A source's own rows: "facts.transactions" or "(SELECT ...)". SourceSchema::relation has those
// that were pushed too (pushed_rows.h).
std::string base_relation(const Source& source);

}  // namespace coterie::features
