#pragma once
// Rows that give way to another one. Found by hash first, so that memory holds one number a row
// and the rows that really have a double, never whole keys.

#include <string>

#include "base/result.h"
#include "data/ingest/relation.h"
#include "data/ingest/role_plan.h"

namespace coterie::data {

inline constexpr const char* kExactDuplicatesTable = "exact_duplicates";
inline constexpr const char* kLosersTable = "losers";

// Makes the temporary table kExactDuplicatesTable (file, line): rows that equal an earlier row of
// the same file in every column. Returns how many.
Result<int64_t> find_exact_duplicates(const Relation& relation, Connection& connection);

// Makes the temporary table kLosersTable (file, line): loaded rows with the key of a later one.
// Later is what plan.source->latest_by says, else the later file, else the later line. Returns how
// many.
Result<int64_t> find_losers(const RolePlan& plan, Connection& connection);

}  // namespace coterie::data
