#include <string>
#include <utility>

#include "data/engine/statement_internal.h"
#include "data/engine/types_internal.h"

namespace coterie::data {
namespace {

std::string text_or(const char* text, const char* fallback) {
  return text == nullptr ? fallback : text;
}

duckdb_state bind_one(duckdb_prepared_statement statement, idx_t index, const Parameter& value) {
  switch (value.kind) {
    case Parameter::Kind::kNull:
      return duckdb_bind_null(statement, index);
    case Parameter::Kind::kBool:
      return duckdb_bind_boolean(statement, index, value.integer != 0);
    case Parameter::Kind::kInt:
      return duckdb_bind_int64(statement, index, value.integer);
    case Parameter::Kind::kReal:
      return duckdb_bind_double(statement, index, value.real);
    case Parameter::Kind::kText:
      return duckdb_bind_varchar_length(statement, index, value.text.data(), value.text.size());
  }
  return DuckDBError;
}

class Pending {
 public:
  ~Pending() { duckdb_destroy_pending(&handle_); }
  Pending() = default;
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  duckdb_pending_result* out() { return &handle_; }
  duckdb_pending_result get() const { return handle_; }
  std::string error() const {
    return text_or(handle_ == nullptr ? nullptr : duckdb_pending_error(handle_), "unknown error");
  }

 private:
  duckdb_pending_result handle_ = nullptr;
};

std::vector<ColumnInfo> columns_of(duckdb_result& result) {
  std::vector<ColumnInfo> columns;
  const idx_t count = duckdb_column_count(&result);
  for (idx_t i = 0; i < count; ++i) {
    const LogicalType type(duckdb_column_logical_type(&result, i));
    columns.push_back({text_or(duckdb_column_name(&result, i), ""),
                       value_type_of(duckdb_get_type_id(type.get())), sql_type_of(type.get())});
  }
  return columns;
}

}  // namespace

Result<Script> Script::parse(const ConnectionState& connection, std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos) {
    return invalid_input("SQL holds a zero byte").with_mend("remove it");
  }
  duckdb_extracted_statements handle = nullptr;
  const idx_t count =
      duckdb_extract_statements(connection.handle, std::string(sql).c_str(), &handle);
  Script script(handle, static_cast<int64_t>(count));
  if (count > 0) return script;
  const std::string message = text_or(duckdb_extract_statements_error(handle), "");
  if (!message.empty()) return convert_error(message, connection.user_sql);
  return Error{connection.user_sql ? ErrorCode::kInvalidInput : ErrorCode::kInternal,
               "SQL without a statement"};
}

Result<Statement> Statement::prepare(const ConnectionState& connection, const Script& script,
                                     int64_t index) {
  duckdb_prepared_statement handle = nullptr;
  const duckdb_state state = duckdb_prepare_extracted_statement(connection.handle, script.get(),
                                                                static_cast<idx_t>(index), &handle);
  Statement statement(handle);
  if (state == DuckDBSuccess) return statement;
  return convert_error(text_or(duckdb_prepare_error(handle), "cannot prepare"),
                       connection.user_sql);
}

Status Statement::bind(const std::vector<Parameter>& parameters, bool user_sql) {
  const idx_t wanted = duckdb_nparams(handle_);
  if (wanted != parameters.size()) {
    return Error{user_sql ? ErrorCode::kInvalidInput : ErrorCode::kInternal,
                 "SQL has " + std::to_string(wanted) + " parameters, " +
                     std::to_string(parameters.size()) + " values were given"};
  }
  for (idx_t i = 0; i < wanted; ++i) {
    if (bind_one(handle_, i + 1, parameters[i]) == DuckDBSuccess) continue;
    return internal_error("SQL parameter " + std::to_string(i + 1) + " does not bind: " +
                          text_or(duckdb_prepare_error(handle_), "unknown error"));
  }
  return {};
}

std::vector<ColumnInfo> Statement::columns() const {
  std::vector<ColumnInfo> columns;
  const idx_t count = duckdb_prepared_statement_column_count(handle_);
  for (idx_t i = 0; i < count; ++i) {
    const char* name = duckdb_prepared_statement_column_name(handle_, i);
    const LogicalType type(duckdb_prepared_statement_column_logical_type(handle_, i));
    columns.push_back({text_or(name, ""), value_type_of(duckdb_get_type_id(type.get())),
                       sql_type_of(type.get())});
    duckdb_free(const_cast<char*>(name));
  }
  return columns;
}

Result<std::unique_ptr<QueryState>> run_statement(std::shared_ptr<ConnectionState> connection,
                                                  const Statement& statement, bool stream) {
  auto query = std::make_unique<QueryState>();
  const bool user_sql = connection->user_sql;
  query->hook =
      std::make_unique<CancelHook>([handle = connection->handle] { duckdb_interrupt(handle); });
  query->connection = std::move(connection);
  Pending pending;
  const duckdb_state created =
      stream ? duckdb_pending_prepared_streaming(statement.get(), pending.out())
             : duckdb_pending_prepared(statement.get(), pending.out());
  if (created != DuckDBSuccess) return convert_error(pending.error(), user_sql);
  // Creating the pending result forgets interrupts that came before it; later ones stick.
  RETURN_IF_ERROR(check_cancelled());
  if (duckdb_execute_pending(pending.get(), &query->result) != DuckDBSuccess) {
    const char* message = duckdb_result_error(&query->result);
    return convert_error(message == nullptr ? pending.error() : message, user_sql);
  }
  if (!duckdb_result_is_streaming(query->result)) query->hook.reset();
  query->columns = columns_of(query->result);
  query->rows_changed = static_cast<int64_t>(duckdb_rows_changed(&query->result));
  return query;
}

}  // namespace coterie::data
