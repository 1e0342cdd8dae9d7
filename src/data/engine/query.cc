#include <utility>

#include "data/engine/statement_internal.h"

namespace coterie::data {

QueryState::~QueryState() {
  hook.reset();  // no interrupt may reach the connection's next query
  duckdb_destroy_result(&result);
}

const std::vector<ColumnInfo>& Query::columns() const { return state_->columns; }

int64_t Query::rows_changed() const { return state_->rows_changed; }

Result<std::optional<Chunk>> Query::next() {
  if (state_->finished) return std::optional<Chunk>();
  RETURN_IF_ERROR(check_cancelled());
  duckdb_data_chunk handle = duckdb_fetch_chunk(state_->result);
  if (handle != nullptr) {
    std::optional<Chunk> chunk(Chunk{handle});
    if (chunk->rows() > 0) return chunk;
  }
  state_->finished = true;
  state_->hook.reset();
  // A null chunk is the end or an error: only the result itself tells which.
  const char* message = duckdb_result_error(&state_->result);
  if (message != nullptr && *message != '\0') {
    return convert_error(message, state_->connection->user_sql);
  }
  return std::optional<Chunk>();
}

Result<std::string> only_text(std::unique_ptr<QueryState> state, int column) {
  duckdb_data_chunk handle = duckdb_fetch_chunk(state->result);
  if (handle == nullptr) return internal_error("a result without rows");
  const Chunk chunk{handle};
  return std::string(chunk.column(column).as_text(0));
}

Query::Query(std::unique_ptr<QueryState> state) : state_(std::move(state)) {}
Query::Query(Query&&) noexcept = default;
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;

}  // namespace coterie::data
