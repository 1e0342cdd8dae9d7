#include <utility>

#include "data/engine/statement_internal.h"

namespace coterie::data {

Query::Impl::~Impl() {
  hook.reset();  // no interrupt may reach the connection's next query
  duckdb_destroy_result(&result);
}

const std::vector<ColumnInfo>& Query::columns() const { return impl_->columns; }

int64_t Query::rows_changed() const { return impl_->rows_changed; }

Result<std::optional<Chunk>> Query::next() {
  if (impl_->finished) return std::optional<Chunk>();
  RETURN_IF_ERROR(check_cancelled());
  duckdb_data_chunk handle = duckdb_fetch_chunk(impl_->result);
  if (handle != nullptr) {
    std::optional<Chunk> chunk(Chunk{handle});
    if (chunk->rows() > 0) return chunk;
  }
  impl_->finished = true;
  impl_->hook.reset();
  // A null chunk is the end or an error: only the result itself tells which.
  const char* message = duckdb_result_error(&impl_->result);
  if (message != nullptr && *message != '\0') {
    return convert_error(message, impl_->connection->user_sql);
  }
  return std::optional<Chunk>();
}

Query::Query(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Query::Query(Query&&) noexcept = default;
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;

}  // namespace coterie::data
