#pragma once
// DuckDB behind our own types: an in-memory engine, connections, typed result chunks, prepared
// parameters, bulk appends. The C API is used because it is stable; nothing outside this folder
// sees it. Errors are converted here:
//
//   SQL that does not parse or bind     kInternal (our SQL is wrong), or kInvalidInput on a
//                                       connection that was told to expect a user's SQL
//   values that do not convert or fit   kInvalidInput
//   interrupted                         kCancelled
//   out of memory, disk full            kResourceExhausted, naming the setting to raise
//   files                               kIo; refused by the confinement: kPermission
//
// Everything runs in UTC: casts between TIMESTAMPTZ, DATE and text do not depend on the machine.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/engine/appender.h"
#include "data/engine/chunk.h"
#include "data/engine/sql_text.h"

namespace coterie::data {

struct ConnectionState;
struct EngineState;
struct QueryState;

struct EngineOptions {
  int threads = 1;
  int64_t memory_bytes = int64_t{1} << 30;
  // Where sorts, joins and group-bys spill what does not fit into memory. Created; each engine
  // takes a folder of its own in it, and folders of engines that died are removed. Empty: queries
  // that do not fit fail.
  std::string temporary_folder = {};
  int64_t temporary_bytes = 0;  // 0 = no limit of our own
  // Not empty: external access is confined to these folders and files, extensions are off and the
  // configuration is locked. For SQL written by users; see also Connection::allow_only_reads().
  std::vector<std::string> confined_to = {};
  bool preserve_order = true;  // rows keep their input order
};

struct ColumnInfo {
  std::string name;
  ValueType type;
  std::string sql_type;  // "DECIMAL(18,2)"
};

// A result, streamed: memory is bounded by what the query itself needs. One connection streams one
// result at a time: running anything else on the connection ends the stream, and next() then says
// so. May outlive its Connection object.
class Query {
 public:
  const std::vector<ColumnInfo>& columns() const;
  // Next chunk; nullopt at the end. Errors that occur while streaming are returned.
  Result<std::optional<Chunk>> next();
  // Rows changed by INSERT/COPY, else 0.
  int64_t rows_changed() const;
  Query(Query&&) noexcept;
  Query& operator=(Query&&) noexcept;
  ~Query();

 private:
  friend class Connection;
  explicit Query(std::unique_ptr<QueryState> state);
  std::unique_ptr<QueryState> state_;
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

// One session of the engine. Temporary tables are its own; other tables and views are shared with
// the engine's other connections until use_private_catalog(). Not thread-safe; open one a thread.
// Queries are interrupted when the process is cancelled (base/cancel.h).
class Connection {
 public:
  // `sql` may be several statements; parameters belong to the last.
  Status execute(std::string_view sql, const std::vector<Parameter>& parameters = {});
  Result<Query> query(std::string_view sql, const std::vector<Parameter>& parameters = {});
  // Exactly one row, one column, not null; otherwise kInternal. kInvalidInput: beyond int64.
  Result<int64_t> scalar_int(std::string_view sql, const std::vector<Parameter>& parameters = {});
  Result<double> scalar_real(std::string_view sql, const std::vector<Parameter>& parameters = {});
  Result<std::string> scalar_text(std::string_view sql,
                                  const std::vector<Parameter>& parameters = {});
  // Calls `row` for every chunk.
  Status for_each_chunk(std::string_view sql, const std::function<Status(const Chunk&)>& row,
                        const std::vector<Parameter>& parameters = {});
  // Calls consumers for the chunks of a SELECT on the engine's own threads, several at once and in
  // no order: what one thread could not take in time is taken where it is computed. A consumer has
  // one caller at a time; `make_consumer` is called once for each that is needed, at most as many
  // as the engine has threads, never twice at once. Nothing is streamed: a chunk is gone when its
  // consumer returns. The first error of a consumer ends the query and is returned.
  using ChunkConsumer = std::function<Status(const Chunk&)>;
  Status for_each_chunk_unordered(std::string_view select,
                                  const std::function<ChunkConsumer()>& make_consumer);
  // Columns of a SELECT, without running it.
  Result<std::vector<ColumnInfo>> describe(std::string_view select);
  // `table` may be "schema.table"; both parts are taken literally.
  Result<Appender> append_to(std::string_view table);

  // From here on what is created belongs to a catalog of this connection alone, dropped with it.
  // Names are looked up there first, then in what the engine's connections share (also reachable
  // as memory.<schema>.<name>). Idempotent.
  Status use_private_catalog();
  // From here on SQL that does not parse or bind is the user's fault (kInvalidInput).
  void expect_user_sql();
  // expect_user_sql(), and whatever is not a SELECT, DESCRIBE, SHOW or EXPLAIN is refused with
  // kPermission. Cannot be undone. Together with `confined_to` this is what a user's SQL runs on:
  // the confinement alone would let COPY ... TO write inside its folders.
  void allow_only_reads();
  // Whether `sql` is one statement that allow_only_reads() would let pass; it may then be embedded
  // as a subquery (between "(" and "\n)", since it may end in a comment).
  Status check_reads_only(std::string_view sql);

  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

 private:
  friend class Engine;
  explicit Connection(std::shared_ptr<ConnectionState> state);
  std::shared_ptr<ConnectionState> state_;
};

// One in-memory database. Thread-safe: connections may be opened from any thread, and keep the
// database alive. Engines do not survive fork().
class Engine {
 public:
  static Result<Engine> open(const EngineOptions& options);
  Result<Connection> connect();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

 private:
  explicit Engine(std::shared_ptr<EngineState> state);
  std::shared_ptr<EngineState> state_;
};

}  // namespace coterie::data
