#pragma once
// The single facts that dataset A sums up, for whoever needs A as it was at an earlier time:
// offline evaluation of recommenders.

#include <string>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/snapshot.h"

namespace coterie::data {

// SELECT of (customer_id, article_id: codes; day DATE; weight DOUBLE: w of its kind; bought
// BOOLEAN), a row a purchase or interaction that counts. Returned units are no rows. Sum of weight
// * 2^(-age / half life) over a pair is dataset A's time_weighted_score where nothing was returned.
// `connection` has the tables that dataset A reads attached (schema facts). "" when the project has
// no such facts. Errors as for the datasets.
Result<std::string> interaction_facts_sql(const Project& project, const Snapshot& snapshot,
                                          Connection& connection);

}  // namespace coterie::data
