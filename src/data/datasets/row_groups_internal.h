#pragma once
// Writing a dataset's rows from memory: the columns that data/parquet/ordered_writer.h writes.

#include <cstdint>
#include <vector>

#include "data/datasets/dataset_table.h"
#include "data/datasets/facts_internal.h"
#include "data/parquet/ordered_writer.h"

namespace coterie::data {

// The table's columns as they are stored, without rows. All are nullable.
std::vector<parquet::Column> stored_columns(const DatasetTable& table, const Facts& facts);

// A code or day as a column holds it: INT32_MIN stands for none.
inline int64_t or_null(int32_t value) { return value == INT32_MIN ? parquet::kNullInteger : value; }

}  // namespace coterie::data
