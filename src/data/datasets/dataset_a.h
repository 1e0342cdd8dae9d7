#pragma once
// Dataset A: customers and articles, how often and how lately they met.

#include <string>

#include "data/datasets/dataset_table.h"
#include "data/datasets/facts_internal.h"

namespace coterie::data {

DatasetInfo dataset_a_info();

// The table's rows as one SELECT, without order. `scope`: a condition on customer_id and
// article_id, "" = all pairs. Pairs are independent of each other.
Result<std::string> dataset_a_sql(const Facts& facts, const std::string& scope);

}  // namespace coterie::data
