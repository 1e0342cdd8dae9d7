#pragma once
// Writes columns from memory as Apache Parquet files (format 2.x, data pages v1). It exists beside
// DuckDB's writer for rows that are made in memory with dictionary codes at hand: writing the codes
// takes tens of nanoseconds a row where building texts for an appender and hashing them back into
// a dictionary took 0.7 µs (docs/decisions), and because its bytes depend on the columns alone.
//
// Texts are dictionary-coded, or plain where most rows of a group differ; integers, dates, times
// and money are delta-packed; reals plain. The footer says the least and greatest integer of each
// row group, so that readers may skip groups. Lists have the three levels that the format's
// LogicalTypes.md asks for (`f` LIST, repeated `list`, `element`), and pages of about 1 MiB that
// end with a row; their elements are encoded as single reals and texts are.

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/parquet/text_table.h"

namespace coterie::parquet {

enum class ColumnType {
  kText,
  kInteger,    // BIGINT
  kInteger32,  // INTEGER
  kMoney,      // DECIMAL(9,2): minor units below 10^9
  kDecimal,    // DECIMAL(18,decimals): unscaled values
  kDate,       // days since 1970-01-01
  kTimestamp,  // UTC microseconds, read back as TIMESTAMP
  kReal,       // DOUBLE
  kFloat,
  kBool,
  kRealList,  // DOUBLE[]
  kTextList,  // VARCHAR[]
};

inline constexpr uint32_t kNullText = UINT32_MAX;
inline constexpr int64_t kNullInteger = INT64_MIN;
inline constexpr double kNullReal = std::numeric_limits<double>::quiet_NaN();

// A column of rows in memory. Which vector is used depends on `type`: `codes` (into `texts`) for
// kText, `reals` for kReal and kFloat, `integers` for all others. Only nullable columns may hold
// nulls; in nullable reals every NaN is one.
//
// Lists hold their elements one row after the other in `reals` (kRealList) or `codes` (kTextList)
// and in `ends`, a row each, how many elements there are up to the row's last; a null row holds the
// complement, ~n, and has no elements. Null is the row, never an element: a NaN is a NaN there.
struct Column {
  std::string name;
  ColumnType type = ColumnType::kText;
  bool nullable = false;
  int decimals = 0;                  // kDecimal
  const TextTable* texts = nullptr;  // outlives the column's use
  std::vector<uint32_t> codes = {};
  std::vector<int64_t> integers = {};
  std::vector<double> reals = {};
  std::vector<int64_t> ends = {};

  bool is_list() const { return type == ColumnType::kRealList || type == ColumnType::kTextList; }
  int64_t rows() const;
  void clear();  // keeps capacity

  // Lists. The elements added since the last row, perhaps none, become a row.
  void end_list() { ends.push_back(elements()); }
  void add_null_list();
  int64_t elements() const {
    return static_cast<int64_t>(type == ColumnType::kTextList ? codes.size() : reals.size());
  }
  // Elements before row `row` <= rows().
  int64_t list_begin(int64_t row) const {
    if (row == 0) return 0;
    const int64_t end = ends[static_cast<size_t>(row - 1)];
    return end < 0 ? ~end : end;
  }
};

inline constexpr int64_t kRowGroupRows = 122'880;

// The file's bytes, uncompressed (codes and deltas are packed to the bit): row groups of
// kRowGroupRows rows. All columns have the same number of rows. What one page holds (a list, or all
// other values of a column and row group) is below 2 GiB.
std::string encode_parquet(std::span<const Column> columns);
// The same into a new file (flushed to disk). Returns its size.
Result<int64_t> write_parquet(const std::string& path, std::span<const Column> columns);

}  // namespace coterie::parquet
