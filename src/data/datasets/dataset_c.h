#pragma once
// Dataset C: the customers. Its columns are features (customer_registry_internal.h).

#include "data/datasets/dataset_table.h"

namespace coterie::data {

DatasetInfo dataset_c_info();

}  // namespace coterie::data
