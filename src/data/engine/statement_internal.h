#pragma once
// One SQL text, cut into statements, prepared, bound and run. Private to this folder.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb.h>

#include "base/cancel.h"
#include "base/result.h"
#include "data/engine/engine_internal.h"

namespace coterie::data {

// The statements of one text. Each is prepared only when its predecessors have run, because it may
// name what they create.
class Script {
 public:
  static Result<Script> parse(const ConnectionState& connection, std::string_view sql);
  int64_t size() const { return size_; }
  duckdb_extracted_statements get() const { return handle_; }
  Script(Script&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), size_(other.size_) {}
  Script& operator=(Script&&) = delete;
  ~Script() { duckdb_destroy_extracted(&handle_); }

 private:
  Script(duckdb_extracted_statements handle, int64_t size) : handle_(handle), size_(size) {}
  duckdb_extracted_statements handle_;
  int64_t size_;
};

class Statement {
 public:
  static Result<Statement> prepare(const ConnectionState& connection, const Script& script,
                                   int64_t index);
  Status bind(const std::vector<Parameter>& parameters, bool user_sql);
  duckdb_prepared_statement get() const { return handle_; }
  duckdb_statement_type type() const { return duckdb_prepared_statement_type(handle_); }
  std::vector<ColumnInfo> columns() const;
  Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement() { duckdb_destroy_prepare(&handle_); }

 private:
  explicit Statement(duckdb_prepared_statement handle) : handle_(handle) {}
  duckdb_prepared_statement handle_;
};

struct QueryState {
  std::shared_ptr<ConnectionState> connection;
  duckdb_result result{};
  std::vector<ColumnInfo> columns;
  int64_t rows_changed = 0;
  bool finished = false;
  std::unique_ptr<CancelHook> hook;  // streaming: chunks are computed while they are fetched
  QueryState() = default;
  QueryState(const QueryState&) = delete;
  QueryState& operator=(const QueryState&) = delete;
  ~QueryState();
};

// Runs one prepared statement; `stream` keeps rows in the engine until they are fetched.
Result<std::unique_ptr<QueryState>> run_statement(std::shared_ptr<ConnectionState> connection,
                                                  const Statement& statement, bool stream);
// Whether the result of a SELECT may be streamed: the engine never begins to hand out rows of some
// plans (decision 10). Those are computed whole. Plans the statement once more.
Result<bool> can_stream(const std::shared_ptr<ConnectionState>& connection, std::string_view sql,
                        const std::vector<Parameter>& parameters);
// The text of a result of one row and one column; `column` says which, for results of several.
Result<std::string> only_text(std::unique_ptr<QueryState> state, int column = 0);
// kPermission unless `sql` is one statement that only reads.
Status check_only_reads(const std::shared_ptr<ConnectionState>& connection, std::string_view sql);

}  // namespace coterie::data
