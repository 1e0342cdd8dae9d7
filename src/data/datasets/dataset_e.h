#pragma once
// Dataset E: the reviews.

#include <string>

#include "data/datasets/dataset_table.h"
#include "data/datasets/facts_internal.h"

namespace coterie::data {

DatasetInfo dataset_e_info();

// The table's rows as one SELECT, without order; "" without the role reviews. `scope`: a condition
// on day.
std::string dataset_e_sql(const Facts& facts, const std::string& scope);

}  // namespace coterie::data
