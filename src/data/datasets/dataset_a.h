#pragma once
// Dataset A: customers and articles, how often and how lately they met.

#include <string>

#include "data/datasets/dataset_table.h"
#include "data/datasets/facts_internal.h"

namespace coterie::data {

DatasetInfo dataset_a_info();

// The table's rows as one SELECT, without order. PairFacts computes the same in memory.
Result<std::string> dataset_a_sql(const Facts& facts);

}  // namespace coterie::data
