#pragma once
// From planned rows to rows as the warehouse stores them: ids as codes, the role's column names.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/ingest/role_plan.h"
#include "data/warehouse/snapshot.h"
#include "data/warehouse/write_transaction.h"

namespace coterie::data {

// Gives every id of the loaded rows a code.
Status encode_ids(const RolePlan& plan, WriteTransaction& transaction, Connection& connection);

// The SELECT of stored rows. Columns that the table has and the source does not are null. `losers`:
// rows in kLosersTable are left out. `condition`: SQL over the plan's rows, or "".
Result<std::string> stored_select(const RolePlan& plan, const std::optional<TableInfo>& table,
                                  bool losers, const std::string& condition,
                                  Connection& connection);

// What the role's table is declared to be.
TableOptions table_options(const RolePlan& plan);
// Whether days of the role's table can be replaced: it has a time that is never null.
bool has_day_column(const RolePlan& plan);

}  // namespace coterie::data
