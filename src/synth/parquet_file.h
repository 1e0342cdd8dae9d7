#pragma once
// Writes columns from memory as one Apache Parquet file (format 2.x, data pages v1). It exists
// beside DuckDB's writer because synthetic columns are born dictionary-coded: writing the codes
// takes tens of nanoseconds a row where building texts for an appender and hashing them back into
// a dictionary took 0.7 µs (docs/decisions), and because its bytes depend on the columns alone.
//
// Texts are dictionary-coded, or plain where most rows of a group differ; integers, dates, times
// and money are delta-packed; reals plain. No compression: codes and deltas are packed to the bit.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "synth/text_table.h"

namespace coterie::synth {

enum class ColumnType {
  kText,
  kInteger,    // BIGINT
  kMoney,      // DECIMAL(9,2): minor units below 10^9
  kDate,       // days since 1970-01-01
  kTimestamp,  // UTC microseconds, read back as TIMESTAMP
  kReal,       // DOUBLE
  kFloat,
  kBool,
};

inline constexpr uint32_t kNullText = UINT32_MAX;
inline constexpr int64_t kNullInteger = INT64_MIN;

// A column of rows in memory. Which vector is used depends on `type`: `codes` (into `texts`) for
// kText, `reals` for kReal and kFloat, `integers` for all others. Only nullable columns may hold
// kNullText or kNullInteger; reals are never null.
struct Column {
  std::string name;
  ColumnType type = ColumnType::kText;
  bool nullable = false;
  const TextTable* texts = nullptr;  // outlives the column's use
  std::vector<uint32_t> codes = {};
  std::vector<int64_t> integers = {};
  std::vector<double> reals = {};

  int64_t rows() const;
  void clear();  // keeps capacity
};

// The file's bytes: row groups of 122,880 rows. All columns have the same number of rows.
std::string encode_parquet(std::span<const Column> columns);
// The same into a new file (flushed to disk). Returns its size.
Result<int64_t> write_parquet(const std::string& path, std::span<const Column> columns);

}  // namespace coterie::synth
