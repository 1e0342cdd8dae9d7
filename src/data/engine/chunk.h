#pragma once
// Results as typed columns: a chunk is up to 2,048 rows, column by column, in the engine's own
// memory. Reading costs no copy. Nothing here is thread-safe; a chunk may move between threads.

#include <cstdint>
#include <string_view>

namespace coterie::data {

// What a caller reads a column as. Integers of any width and BOOLEAN are told apart; whatever has
// no reading here (LIST, STRUCT, TIME, UUID, INTERVAL, ENUM, ...) is kOther: cast it to VARCHAR in
// SQL.
enum class ValueType { kNull, kBool, kInt, kReal, kDecimal, kText, kDate, kTimestamp, kOther };

// One column of a chunk. Reads are unchecked for speed: the caller asks with the type it expects,
// about rows in [0, chunk.rows()) that are not null. Lifetime: the chunk's.
class ColumnView {
 public:
  ValueType type() const { return type_; }
  bool is_null(int64_t row) const {
    if (validity_ == nullptr) return type_ == ValueType::kNull;
    return ((validity_[row / 64] >> (row % 64)) & 1) == 0;
  }
  // Any integer width, BOOLEAN, DECIMAL's unscaled value (money: minor units). HUGEINT (what
  // sum(BIGINT) yields), UBIGINT and DECIMAL wider than 18 digits saturate at the ends of int64.
  int64_t as_int(int64_t row) const;
  // Whether as_int(row) is the exact value.
  bool fits_int(int64_t row) const;
  double as_real(int64_t row) const;            // FLOAT, DOUBLE, integers, DECIMAL scaled
  std::string_view as_text(int64_t row) const;  // VARCHAR and BLOB, without a copy
  int64_t as_micros(int64_t row) const;  // TIMESTAMP in any unit (floored), DATE at 00:00 UTC
  int32_t as_days(int64_t row) const;    // DATE: days since 1970-01-01
  int decimal_scale() const { return scale_; }  // digits behind the point; 0 unless kDecimal

  // Pointers for hot loops, null when the physical type differs. DATE is int32 days; TIMESTAMP is
  // int64 in its own unit; DECIMAL is int32 up to 9 digits and int64 up to 18.
  const int32_t* int32_data() const;
  const int64_t* int64_data() const;
  const float* float_data() const;
  const double* double_data() const;

 private:
  friend class Chunk;
  enum class Physical : uint8_t {
    kNone,
    kBool,
    kInt8,
    kInt16,
    kInt32,
    kInt64,
    kInt128,
    kUInt8,
    kUInt16,
    kUInt32,
    kUInt64,
    kUInt128,
    kFloat,
    kDouble,
    kText,
  };
  enum class TimeUnit : uint8_t { kSecond, kMilli, kMicro, kNano };
  static Physical physical_of(int duckdb_type);
  static TimeUnit unit_of(int duckdb_type);

  ValueType type_ = ValueType::kNull;
  Physical physical_ = Physical::kNone;
  TimeUnit unit_ = TimeUnit::kMicro;
  int scale_ = 0;
  const void* data_ = nullptr;
  const uint64_t* validity_ = nullptr;  // null: no row is null
};

// Owns its rows, unless it is a view(). Move-only; a moved-from chunk may only be destroyed or
// assigned.
class Chunk {
 public:
  int64_t rows() const { return rows_; }
  int columns() const { return columns_; }
  ColumnView column(int index) const;  // a few dozen ns: once a chunk, not once a row
  Chunk(Chunk&& other) noexcept;
  Chunk& operator=(Chunk&& other) noexcept;
  ~Chunk();
  // Takes over a duckdb_data_chunk; for this folder.
  explicit Chunk(void* handle);
  // A duckdb_data_chunk of somebody else without its first columns; for this folder.
  static Chunk view(void* handle, int left_out);

 private:
  void* handle_;  // duckdb_data_chunk
  int64_t rows_ = 0;
  int columns_ = 0;
  int first_column_ = 0;
  bool owned_ = true;
};

}  // namespace coterie::data
