#pragma once
// How active customers are, of a project whose customers buy and meet no articles: a telephone
// company's, for one.

#include <string>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/snapshot.h"

namespace coterie::data {

// SELECT of (customer_id: code; recency INTEGER: days from the last event to today; active_days
// BIGINT; events BIGINT; known_days INTEGER: days from the first event to today), a row a customer
// of the role events; without that role's customers, of sessions. "" when neither role knows any
// customer. `connection` has all tables of the snapshot attached (schema facts). Errors as for the
// datasets.
Result<std::string> customer_activity_sql(const Project& project, const Snapshot& snapshot,
                                          Connection& connection);

}  // namespace coterie::data
