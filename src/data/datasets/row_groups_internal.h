#pragma once
// Writing a dataset's rows from memory: who makes columns, encodes and writes them in which order.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "data/datasets/dataset_table.h"
#include "data/datasets/facts_internal.h"
#include "data/parquet/parquet_writer.h"

namespace coterie::data {

// The table's columns as they are stored, without rows. All are nullable.
std::vector<parquet::Column> stored_columns(const DatasetTable& table, const Facts& facts);

// Writes a file of `columns`. `task(i, scratch)` makes and encodes the rows of part i of `tasks`,
// on any thread; `scratch` are the columns without rows, for this call alone. The groups are
// written in the order of the parts, which are begun in that order, so that few are in memory at a
// time. Returns the number of
// rows. kCancelled on Ctrl-C; kIo, kResourceExhausted; what the first task that fails returns.
using EncodedRows = std::vector<parquet::RowGroup>;
using GroupTask = std::function<Result<EncodedRows>(int64_t, std::vector<parquet::Column>&)>;
Result<int64_t> write_groups(const std::string& path, const std::vector<parquet::Column>& columns,
                             ThreadPool& pool, int64_t tasks, const GroupTask& task);

// A code or day as a column holds it: INT32_MIN stands for none.
inline int64_t or_null(int32_t value) { return value == INT32_MIN ? parquet::kNullInteger : value; }

// How `rows` are cut into row groups of nearly equal size, none above parquet::kRowGroupRows: the
// size of each but the last.
int64_t even_group(int64_t rows);

// Encodes the rows and clears the columns.
parquet::RowGroup take_group(std::vector<parquet::Column>& columns);

}  // namespace coterie::data
