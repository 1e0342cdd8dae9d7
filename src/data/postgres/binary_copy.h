#pragma once
// PostgreSQL's binary COPY format, read incrementally (PostgreSQL documentation, COPY, "Binary
// Format"): an 11-byte signature, flags, a header extension, then rows of length-prefixed fields
// and a trailer of -1. All integers are big-endian.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coterie::data {

// Cuts a byte stream into rows. Not thread-safe. Memory: the bytes of one unfinished row.
class BinaryCopyParser {
 public:
  using Fields = std::vector<std::optional<std::string_view>>;  // nullopt = NULL; valid in the call

  // `on_row` is called for every row; its errors stop the parser and are returned by feed().
  BinaryCopyParser(int columns, std::function<Status(const Fields&)> on_row);

  // kCorrupt: not this format, or rows of another width.
  Status feed(std::string_view bytes);
  // kCorrupt unless the trailer was seen.
  Status finish() const;
  int64_t rows() const { return rows_; }

 private:
  enum class Step { kHeader, kRows, kDone };
  // Consumes what is complete in `bytes`; returns the bytes consumed.
  Result<size_t> consume(std::string_view bytes);
  Result<size_t> read_header(std::string_view bytes);
  Result<size_t> read_row(std::string_view bytes);

  int columns_;
  std::function<Status(const Fields&)> on_row_;
  Step step_ = Step::kHeader;
  std::string pending_;
  Fields fields_;
  int64_t rows_ = 0;
};

// Values of fields, each of exactly the width its type has; kCorrupt otherwise.
Result<bool> binary_bool(std::string_view bytes);
Result<int64_t> binary_int(std::string_view bytes);  // 2, 4 or 8 bytes, signed
Result<uint32_t> binary_oid(std::string_view bytes);
Result<double> binary_real(std::string_view bytes);  // 4 or 8 bytes
// Days since 1970-01-01; ±infinity are INT32_MAX and -INT32_MAX, as in DuckDB.
Result<int32_t> binary_days(std::string_view bytes);
// Microseconds since 1970-01-01; ±infinity are INT64_MAX and -INT64_MAX.
Result<int64_t> binary_micros(std::string_view bytes);
// Decimal text with exactly the digits stored: "-1234.50", "NaN", "Infinity", "-Infinity".
Result<std::string> binary_numeric(std::string_view bytes);

}  // namespace coterie::data
