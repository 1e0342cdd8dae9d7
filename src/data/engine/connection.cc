#include <string>
#include <utility>

#include "data/engine/engine_internal.h"
#include "data/engine/statement_internal.h"

namespace coterie::data {
namespace {

Result<std::unique_ptr<QueryState>> run_script(const std::shared_ptr<ConnectionState>& connection,
                                               std::string_view sql,
                                               const std::vector<Parameter>& parameters,
                                               bool stream) {
  RETURN_IF_ERROR(check_cancelled());
  if (connection->only_reads) RETURN_IF_ERROR(check_only_reads(connection, sql));
  ASSIGN_OR_RETURN(const Script script, Script::parse(*connection, sql));
  for (int64_t i = 0; i + 1 < script.size(); ++i) {
    ASSIGN_OR_RETURN(const Statement statement, Statement::prepare(*connection, script, i));
    RETURN_IF_ERROR(run_statement(connection, statement, false));
  }
  ASSIGN_OR_RETURN(Statement last, Statement::prepare(*connection, script, script.size() - 1));
  RETURN_IF_ERROR(last.bind(parameters, connection->user_sql));
  if (stream && last.type() == DUCKDB_STATEMENT_TYPE_SELECT) {
    stream = script.size() == 1;
    if (stream) {
      ASSIGN_OR_RETURN(stream, can_stream(connection, sql, parameters));
    }
  }
  return run_statement(connection, last, stream);
}

// Reads the single value of a result with `read`.
template <typename T>
Result<T> scalar(Query query, std::string_view sql, Result<T> (*read)(const ColumnView& column)) {
  ASSIGN_OR_RETURN(const std::optional<Chunk> chunk, query.next());
  if (query.columns().size() != 1 || !chunk || chunk->rows() != 1) {
    return internal_error("expected one row and one column of: " + std::string(sql));
  }
  const ColumnView column = chunk->column(0);
  if (column.is_null(0)) return internal_error("unexpected null of: " + std::string(sql));
  ASSIGN_OR_RETURN(T value, read(column));
  ASSIGN_OR_RETURN(const std::optional<Chunk> more, query.next());
  if (more) return internal_error("more than one row of: " + std::string(sql));
  return value;
}

}  // namespace

Status Connection::execute(std::string_view sql, const std::vector<Parameter>& parameters) {
  RETURN_IF_ERROR(run_script(state_, sql, parameters, false));
  return {};
}

Result<Query> Connection::query(std::string_view sql, const std::vector<Parameter>& parameters) {
  ASSIGN_OR_RETURN(auto query, run_script(state_, sql, parameters, true));
  return Query(std::move(query));
}

Result<int64_t> Connection::scalar_int(std::string_view sql,
                                       const std::vector<Parameter>& parameters) {
  ASSIGN_OR_RETURN(auto query, run_script(state_, sql, parameters, false));
  return scalar<int64_t>(Query(std::move(query)), sql,
                         [](const ColumnView& column) -> Result<int64_t> {
                           if (column.fits_int(0)) return column.as_int(0);
                           return invalid_input("a whole number is beyond 64 bits");
                         });
}

Result<double> Connection::scalar_real(std::string_view sql,
                                       const std::vector<Parameter>& parameters) {
  ASSIGN_OR_RETURN(auto query, run_script(state_, sql, parameters, false));
  return scalar<double>(
      Query(std::move(query)), sql,
      [](const ColumnView& column) -> Result<double> { return column.as_real(0); });
}

Result<std::string> Connection::scalar_text(std::string_view sql,
                                            const std::vector<Parameter>& parameters) {
  ASSIGN_OR_RETURN(auto query, run_script(state_, sql, parameters, false));
  return scalar<std::string>(Query(std::move(query)), sql,
                             [](const ColumnView& column) -> Result<std::string> {
                               return std::string(column.as_text(0));
                             });
}

Status Connection::for_each_chunk(std::string_view sql,
                                  const std::function<Status(const Chunk&)>& row,
                                  const std::vector<Parameter>& parameters) {
  ASSIGN_OR_RETURN(Query rows, query(sql, parameters));
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<Chunk> chunk, rows.next());
    if (!chunk) return {};
    RETURN_IF_ERROR(row(*chunk));
  }
}

Result<std::vector<ColumnInfo>> Connection::describe(std::string_view select) {
  RETURN_IF_ERROR(check_cancelled());
  ASSIGN_OR_RETURN(const Script script, Script::parse(*state_, select));
  if (script.size() != 1) return internal_error("expected one SELECT: " + std::string(select));
  ASSIGN_OR_RETURN(const Statement statement, Statement::prepare(*state_, script, 0));
  return statement.columns();
}

Status Connection::use_private_catalog() {
  if (!state_->private_catalog.empty()) return {};
  const std::string name = "session_" + std::to_string(state_->engine->private_catalogs++);
  RETURN_IF_ERROR(execute("ATTACH ':memory:' AS " + quote_name(name)));
  state_->private_catalog = name;
  return execute("SET search_path = " + quote_text(name + ".main,memory.main"));
}

void Connection::expect_user_sql() { state_->user_sql = true; }

void Connection::allow_only_reads() {
  state_->user_sql = true;
  state_->only_reads = true;
}

Status Connection::check_reads_only(std::string_view sql) { return check_only_reads(state_, sql); }

ConnectionState::~ConnectionState() {
  if (!private_catalog.empty()) {
    const std::string sql = "USE memory; DETACH " + quote_name(private_catalog);
    duckdb_query(handle, sql.c_str(), nullptr);
  }
  duckdb_disconnect(&handle);
}

Connection::Connection(std::shared_ptr<ConnectionState> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

}  // namespace coterie::data
