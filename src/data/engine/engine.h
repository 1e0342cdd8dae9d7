#pragma once
// DuckDB behind our own types: an in-memory engine, connections, typed result chunks, prepared
// parameters, bulk appends. The C API is used because it is stable; nothing outside this folder
// sees it. All errors are converted here: SQL errors to kInvalidInput or kInternal as the caller
// says, interrupts to kCancelled, out-of-memory and full disks to kResourceExhausted.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coterie::data {

struct EngineOptions {
  int threads = 1;
  int64_t memory_bytes = int64_t{1} << 30;
  std::string temporary_folder;  // spill files; created; emptied of stale ones
  int64_t temporary_bytes = 0;   // 0 = no limit of our own
  // Not empty: external access is confined to these folders and files, extensions are off and the
  // configuration is locked (for SQL written by users).
  std::vector<std::string> confined_to;
  bool preserve_order = true;  // rows keep their input order
};

enum class ValueType { kNull, kBool, kInt, kReal, kDecimal, kText, kDate, kTimestamp, kOther };

// One column of a chunk. Reads are unchecked for speed: the caller asks with the type it expects.
// Lifetime: the chunk's.
class ColumnView {
 public:
  ValueType type() const;
  bool is_null(int64_t row) const;
  int64_t as_int(int64_t row) const;  // any integer width, BOOLEAN, DECIMAL's unscaled value
  double as_real(int64_t row) const;  // FLOAT, DOUBLE, integers, DECIMAL scaled
  std::string_view as_text(int64_t row) const;  // VARCHAR and BLOB
  int64_t as_micros(int64_t row) const;         // TIMESTAMP in any unit, DATE at 00:00 UTC
  int32_t as_days(int64_t row) const;           // DATE: days since 1970-01-01
  // Pointers for hot loops, null when the physical type differs.
  const int32_t* int32_data() const;
  const int64_t* int64_data() const;
  const float* float_data() const;
  const double* double_data() const;

 private:
  friend class Chunk;
  const void* vector_ = nullptr;  // duckdb_vector
};

// Up to 2,048 rows, column by column.
class Chunk {
 public:
  int64_t rows() const;
  int columns() const;
  ColumnView column(int index) const;
  Chunk(Chunk&&) noexcept;
  Chunk& operator=(Chunk&&) noexcept;
  ~Chunk();

 private:
  friend class Query;
  explicit Chunk(void* handle);
  void* handle_;
};

struct ColumnInfo {
  std::string name;
  ValueType type;
  std::string sql_type;  // "DECIMAL(18,2)"
};

// A result, streamed: memory is bounded by what the query itself needs.
class Query {
 public:
  const std::vector<ColumnInfo>& columns() const;
  // Next chunk; nullopt at the end. Errors that occur while streaming are returned (the C API's
  // null chunk means either).
  Result<std::optional<Chunk>> next();
  // Rows changed by INSERT/COPY, else 0.
  int64_t rows_changed() const;
  Query(Query&&) noexcept;
  Query& operator=(Query&&) noexcept;
  ~Query();

 private:
  friend class Connection;
  struct Impl;
  explicit Query(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A parameter of a statement: `?` in order.
struct Parameter {
  enum class Kind { kNull, kBool, kInt, kReal, kText } kind = Kind::kNull;
  int64_t integer = 0;
  double real = 0;
  std::string text;
  Parameter() = default;
  Parameter(int64_t v) : kind(Kind::kInt), integer(v) {}
  Parameter(int v) : kind(Kind::kInt), integer(v) {}
  Parameter(double v) : kind(Kind::kReal), real(v) {}
  Parameter(bool v) : kind(Kind::kBool), integer(v) {}
  Parameter(std::string v) : kind(Kind::kText), text(std::move(v)) {}
  Parameter(const char* v) : kind(Kind::kText), text(v) {}
};

// Appends rows column by column to a table of this connection (bulk load from memory).
class Appender;

// One session of the engine: its own temporary tables and schemas' search path. Not thread-safe;
// open one a thread. Queries are interrupted when the process is cancelled (base/cancel.h).
class Connection {
 public:
  Status execute(std::string_view sql, const std::vector<Parameter>& parameters = {});
  Result<Query> query(std::string_view sql, const std::vector<Parameter>& parameters = {});
  // Exactly one row, one column.
  Result<int64_t> scalar_int(std::string_view sql, const std::vector<Parameter>& parameters = {});
  Result<double> scalar_real(std::string_view sql, const std::vector<Parameter>& parameters = {});
  Result<std::string> scalar_text(std::string_view sql,
                                  const std::vector<Parameter>& parameters = {});
  // Calls `row` for every chunk.
  Status for_each_chunk(std::string_view sql, const std::function<Status(const Chunk&)>& row,
                        const std::vector<Parameter>& parameters = {});
  Result<Appender> append_to(std::string_view table);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

 private:
  friend class Engine;
  friend class Appender;
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Appender {
 public:
  // One call a column, then end_row().
  Status add_null();
  Status add(int64_t value);
  Status add(int32_t value);
  Status add(double value);
  Status add(bool value);
  Status add(std::string_view value);
  Status add_micros(int64_t utc_micros);
  Status add_days(int32_t days);
  Status end_row();
  Status close();  // flushes; must be called
  Appender(Appender&&) noexcept;
  Appender& operator=(Appender&&) noexcept;
  ~Appender();

 private:
  friend class Connection;
  struct Impl;
  explicit Appender(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One in-memory database. Thread-safe: connections may be opened from any thread.
class Engine {
 public:
  static Result<Engine> open(const EngineOptions& options);
  Result<Connection> connect();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

 private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// SQL text helpers. Every name and literal that goes into SQL passes through one of these.
std::string quote_name(std::string_view name);                       // "na""me"
std::string quote_text(std::string_view text);                       // 'te''xt'
std::string quote_text_list(const std::vector<std::string>& texts);  // ['a','b']

}  // namespace coterie::data
