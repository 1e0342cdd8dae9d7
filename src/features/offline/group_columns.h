#pragma once
// Feature values on their way into a row group of a Parquet file.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/parquet/parquet_file.h"
#include "features/plan/request_plan.h"

namespace coterie::features {

// A feature's column as Parquet has it, without rows: integers BIGINT, decimals DECIMAL(18,s),
// reals DOUBLE, texts VARCHAR, dates, timestamps, booleans, vectors LIST(DOUBLE), lists of texts
// LIST(VARCHAR). All nullable.
parquet::Column output_column(const RequestPlan::Output& output);
// The SQL type of the same.
std::string output_sql_type(const ValueType& type);

// Columns of one group, in any order of rows. Not thread-safe.
class GroupColumns {
 public:
  GroupColumns(std::span<const RequestPlan::Output> outputs, int64_t rows);
  ~GroupColumns();
  // Value row i becomes row `where[i]`; each row is placed once.
  void place(const std::vector<ValueColumn>& values, std::span<const int64_t> where);
  // The columns; call it once. Their texts belong to this object.
  std::vector<parquet::Column>& finish();

 private:
  struct Staged;
  std::vector<parquet::Column> columns_;
  std::vector<std::unique_ptr<Staged>> staged_;  // by column
};

}  // namespace coterie::features
