#include "data/engine/appender.h"

#include <string>
#include <utility>

#include <duckdb.h>

#include "data/engine/engine_internal.h"

namespace coterie::data {

struct Appender::Impl {
  std::shared_ptr<ConnectionState> connection;
  duckdb_appender handle = nullptr;

  Status check(duckdb_state state) const {
    if (state == DuckDBSuccess) return {};
    const char* message = duckdb_appender_error(handle);
    return convert_error(message == nullptr ? "the appender refuses a value" : message,
                         connection->user_sql);
  }
  ~Impl() { duckdb_appender_destroy(&handle); }
};

Result<Appender> Connection::append_to(std::string_view table) {
  const size_t dot = table.find('.');
  const std::string schema(dot == std::string_view::npos ? "" : table.substr(0, dot));
  const std::string name(dot == std::string_view::npos ? table : table.substr(dot + 1));
  auto impl = std::make_unique<Appender::Impl>();
  impl->connection = state_;
  const duckdb_state state = duckdb_appender_create(
      state_->handle, schema.empty() ? nullptr : schema.c_str(), name.c_str(), &impl->handle);
  RETURN_IF_ERROR(impl->check(state));
  return Appender(std::move(impl));
}

Status Appender::add_null() { return impl_->check(duckdb_append_null(impl_->handle)); }
Status Appender::add(int64_t value) {
  return impl_->check(duckdb_append_int64(impl_->handle, value));
}
Status Appender::add(int32_t value) {
  return impl_->check(duckdb_append_int32(impl_->handle, value));
}
Status Appender::add(double value) {
  return impl_->check(duckdb_append_double(impl_->handle, value));
}
Status Appender::add(bool value) { return impl_->check(duckdb_append_bool(impl_->handle, value)); }
Status Appender::add(std::string_view value) {
  return impl_->check(duckdb_append_varchar_length(impl_->handle, value.data(), value.size()));
}
Status Appender::add_micros(int64_t utc_micros) {
  return impl_->check(duckdb_append_timestamp(impl_->handle, duckdb_timestamp{utc_micros}));
}
Status Appender::add_days(int32_t days) {
  return impl_->check(duckdb_append_date(impl_->handle, duckdb_date{days}));
}
Status Appender::end_row() { return impl_->check(duckdb_appender_end_row(impl_->handle)); }

Status Appender::close() { return impl_->check(duckdb_appender_close(impl_->handle)); }

Appender::Appender(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Appender::Appender(Appender&&) noexcept = default;
Appender& Appender::operator=(Appender&&) noexcept = default;
Appender::~Appender() = default;

}  // namespace coterie::data
