#include "data/postgres/connection.h"

#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "base/cancel.h"
#include "base/secret.h"
#include "data/postgres/errors_internal.h"

namespace coterie::data {
namespace {

constexpr const char* kUrlMend = "write postgres://user:password@host:port/database";

struct FinishConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
struct FreeCancel {
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
};
struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
struct FreeMemory {
  void operator()(void* memory) const { PQfreemem(memory); }
};
using ConnectionPtr = std::unique_ptr<PGconn, FinishConnection>;
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;
using CancelPtr = std::unique_ptr<PGcancel, FreeCancel>;
using OptionsPtr = std::unique_ptr<PQconninfoOption, FreeOptions>;

std::string field_of(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? "" : text;
}

const char* option_value(const PQconninfoOption* options, std::string_view keyword) {
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    if (keyword == option->keyword) return option->val;
  }
  return nullptr;
}

// Remembers the password as decoded and as written, since either may turn up in a message.
void remember_password(const std::string& url, const PQconninfoOption* options) {
  if (const char* password = option_value(options, "password")) remember_secret(password);
  const size_t start = url.find("://");
  if (start == std::string::npos) return;
  const std::string authority =
      url.substr(start + 3, url.find_first_of("/?", start + 3) - start - 3);
  const size_t at = authority.rfind('@');
  const size_t colon = authority.find(':');
  if (at != std::string::npos && colon < at)
    remember_secret(authority.substr(colon + 1, at - colon - 1));
}

std::string describe_server(const PQconninfoOption* options) {
  const char* database = option_value(options, "dbname");
  const char* host = option_value(options, "host");
  const char* port = option_value(options, "port");
  const auto or_env = [](const char* value, const char* variable, const char* fallback) {
    if (value != nullptr) return value;
    const char* env = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return env != nullptr ? env : fallback;
  };
  return fmt::format("{} at {}:{}", or_env(database, "PGDATABASE", "the default database"),
                     or_env(host, "PGHOST", "localhost"), or_env(port, "PGPORT", "5432"));
}

}  // namespace

struct PostgresConnection::Impl {
  ConnectionPtr handle;
  CancelPtr cancel;
  std::string name;
  std::string user;

  Error failure(const PGresult* result) const {
    ServerMessage message;
    message.user = user;
    if (result != nullptr) {
      message.sqlstate = field_of(result, PG_DIAG_SQLSTATE);
      message.primary = field_of(result, PG_DIAG_MESSAGE_PRIMARY);
      message.detail = field_of(result, PG_DIAG_MESSAGE_DETAIL);
      message.hint = field_of(result, PG_DIAG_MESSAGE_HINT);
      message.context = field_of(result, PG_DIAG_CONTEXT);
      message.schema = field_of(result, PG_DIAG_SCHEMA_NAME);
      message.table = field_of(result, PG_DIAG_TABLE_NAME);
      message.column = field_of(result, PG_DIAG_COLUMN_NAME);
    }
    if (message.primary.empty()) message.primary = PQerrorMessage(handle.get());
    Error error = statement_error(message, name);
    if (error.code == ErrorCode::kCancelled) {
      if (cancel_requested()) return cancelled_error();
      error.code = ErrorCode::kUnavailable;
      error.mend = "the server stopped the statement: see its statement_timeout";
    }
    return error;
  }

  // A statement leaves no result behind, whatever happened: the session stays usable.
  void drain() const {
    while (ResultPtr rest{PQgetResult(handle.get())}) {
      if (PQresultStatus(rest.get()) == PGRES_COPY_IN) PQputCopyEnd(handle.get(), "abandoned");
      if (PQresultStatus(rest.get()) == PGRES_COPY_OUT) break;
    }
  }

  Result<ResultPtr> run(const std::string& sql, const PostgresParameters& parameters) const {
    RETURN_IF_ERROR(check_cancelled());
    const CancelHook hook([this] { stop(); });
    ResultPtr result;
    if (parameters.empty()) {
      result.reset(PQexec(handle.get(), sql.c_str()));
    } else {
      std::vector<const char*> values;
      for (const auto& value : parameters) values.push_back(value ? value->c_str() : nullptr);
      result.reset(PQexecParams(handle.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                                values.data(), nullptr, nullptr, 0));
    }
    switch (PQresultStatus(result.get())) {
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
      case PGRES_EMPTY_QUERY:
      case PGRES_COPY_IN:
      case PGRES_COPY_OUT:
        return result;
      default:
        return failure(result.get());
    }
  }

  void stop() const {
    char ignored[256];
    PQcancel(cancel.get(), ignored, sizeof ignored);
  }

  Status finish_copy() const {
    const ResultPtr result(PQgetResult(handle.get()));
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
      Error error = failure(result.get());
      drain();
      return error;
    }
    drain();
    return {};
  }
};

Result<PostgresConnection> PostgresConnection::connect(const std::string& url,
                                                       const PostgresOptions& options) {
  if (!url.starts_with("postgres://") && !url.starts_with("postgresql://"))
    return invalid_input("not a PostgreSQL URL").with_mend(kUrlMend);
  char* parse_failure = nullptr;
  const OptionsPtr parsed(PQconninfoParse(url.c_str(), &parse_failure));
  const std::unique_ptr<char, FreeMemory> parse_text(parse_failure);
  if (parsed == nullptr) {
    // Behind `: "` the text quotes the URL, and one that does not parse hides nothing reliably.
    const std::string why = parse_text == nullptr ? "out of memory" : parse_text.get();
    return invalid_input(fmt::format("not a PostgreSQL URL: {}", why.substr(0, why.find(": \""))))
        .with_mend(kUrlMend);
  }
  remember_password(url, parsed.get());
  const std::string name = describe_server(parsed.get());

  const std::string timeout = std::to_string(options.connect_timeout_s);
  std::vector<const char*> keys = {"dbname", "fallback_application_name", "client_encoding"};
  std::vector<const char*> values = {url.c_str(), options.application_name.c_str(), "UTF8"};
  if (option_value(parsed.get(), "connect_timeout") == nullptr) {
    keys.push_back("connect_timeout");
    values.push_back(timeout.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);

  auto impl = std::make_unique<Impl>();
  impl->name = name;
  impl->handle.reset(PQconnectdbParams(keys.data(), values.data(), 1));
  if (PQstatus(impl->handle.get()) != CONNECTION_OK)
    return connect_error(PQerrorMessage(impl->handle.get()), name);
  impl->user = PQuser(impl->handle.get());
  impl->cancel.reset(PQgetCancel(impl->handle.get()));
  PQsetNoticeProcessor(impl->handle.get(), [](void*, const char*) {}, nullptr);
  PostgresConnection connection(std::move(impl));
  // As statements, not as startup options: connection poolers refuse those.
  RETURN_IF_ERROR(connection.execute("SET TimeZone = 'UTC'; SET DateStyle = 'ISO'"));
  return connection;
}

Status PostgresConnection::execute(const std::string& sql, const PostgresParameters& parameters) {
  ASSIGN_OR_RETURN(const ResultPtr result, impl_->run(sql, parameters));
  const ExecStatusType status = PQresultStatus(result.get());
  CHECK(status != PGRES_COPY_IN && status != PGRES_COPY_OUT);
  return {};
}

Result<PostgresRows> PostgresConnection::query(const std::string& sql,
                                               const PostgresParameters& parameters) {
  ASSIGN_OR_RETURN(const ResultPtr result, impl_->run(sql, parameters));
  PostgresRows rows;
  const int columns = PQnfields(result.get());
  for (int c = 0; c < columns; ++c)
    rows.columns.push_back(
        {PQfname(result.get(), c), PQftype(result.get(), c), PQfmod(result.get(), c)});
  const int count = PQntuples(result.get());
  rows.rows.resize(static_cast<size_t>(count));
  for (int r = 0; r < count; ++r) {
    auto& row = rows.rows[static_cast<size_t>(r)];
    for (int c = 0; c < columns; ++c) {
      if (PQgetisnull(result.get(), r, c) != 0) {
        row.emplace_back(std::nullopt);
      } else {
        row.emplace_back(std::string(PQgetvalue(result.get(), r, c),
                                     static_cast<size_t>(PQgetlength(result.get(), r, c))));
      }
    }
  }
  rows.rows_changed = std::strtoll(PQcmdTuples(result.get()), nullptr, 10);
  return rows;
}

Result<std::string> PostgresConnection::scalar_text(const std::string& sql,
                                                    const PostgresParameters& parameters) {
  ASSIGN_OR_RETURN(const PostgresRows rows, query(sql, parameters));
  if (rows.rows.empty()) return not_found(fmt::format("{}: no row", impl_->name));
  return rows.rows[0][0].value_or("");
}

Result<std::vector<PostgresColumn>> PostgresConnection::describe(const std::string& select) {
  const ResultPtr prepared(PQprepare(impl_->handle.get(), "", select.c_str(), 0, nullptr));
  if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) return impl_->failure(prepared.get());
  const ResultPtr result(PQdescribePrepared(impl_->handle.get(), ""));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return impl_->failure(result.get());
  std::vector<PostgresColumn> columns;
  for (int c = 0; c < PQnfields(result.get()); ++c)
    columns.push_back(
        {PQfname(result.get(), c), PQftype(result.get(), c), PQfmod(result.get(), c)});
  return columns;
}

Status PostgresConnection::copy_out(const std::string& copy_sql,
                                    const std::function<Status(std::string_view bytes)>& take) {
  ASSIGN_OR_RETURN(const ResultPtr started, impl_->run(copy_sql, {}));
  CHECK(PQresultStatus(started.get()) == PGRES_COPY_OUT);
  const CancelHook hook([this] { interrupt(); });
  Status taken;
  while (true) {
    char* bytes = nullptr;
    const int length = PQgetCopyData(impl_->handle.get(), &bytes, 0);
    if (length < 0) break;
    const std::unique_ptr<char, FreeMemory> owner(bytes);
    if (!taken.ok()) continue;
    taken = take(std::string_view(bytes, static_cast<size_t>(length)));
    if (!taken.ok()) interrupt();
  }
  Status finished = impl_->finish_copy();
  if (!taken.ok()) return taken;
  return finished;
}

Result<int64_t> PostgresConnection::copy_in(
    const std::string& copy_sql, const std::function<Status(const CopySend& send)>& fill) {
  ASSIGN_OR_RETURN(const ResultPtr started, impl_->run(copy_sql, {}));
  CHECK(PQresultStatus(started.get()) == PGRES_COPY_IN);
  PGconn* handle = impl_->handle.get();
  const CancelHook hook([this] { interrupt(); });
  bool refused = false;
  const CopySend send = [&](std::string_view bytes) -> Status {
    RETURN_IF_ERROR(check_cancelled());
    if (PQputCopyData(handle, bytes.data(), static_cast<int>(bytes.size())) == 1) return {};
    refused = true;
    return impl_->failure(nullptr);
  };
  Status filled = fill(send);
  const bool ended = PQputCopyEnd(handle, filled.ok() ? nullptr : "stopped by the client") == 1;
  const ResultPtr result(PQgetResult(handle));
  const bool copied = ended && PQresultStatus(result.get()) == PGRES_COMMAND_OK;
  Result<int64_t> outcome =
      copied ? Result<int64_t>(std::strtoll(PQcmdTuples(result.get()), nullptr, 10))
             : Result<int64_t>(impl_->failure(result.get()));
  impl_->drain();
  // When the server broke off, its own words say more than the failed send.
  if (!filled.ok() && !refused) return std::move(filled).error();
  return outcome;
}

void PostgresConnection::rollback() {
  // Also when the process is being cancelled; and nobody can act on a failure, because the server
  // rolls back a lost session by itself.
  const ResultPtr result(PQexec(impl_->handle.get(), "ROLLBACK"));
}

void PostgresConnection::interrupt() const { impl_->stop(); }
const std::string& PostgresConnection::name() const { return impl_->name; }
int PostgresConnection::server_version() const { return PQserverVersion(impl_->handle.get()); }

PostgresConnection::PostgresConnection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PostgresConnection::PostgresConnection(PostgresConnection&&) noexcept = default;
PostgresConnection& PostgresConnection::operator=(PostgresConnection&&) noexcept = default;
PostgresConnection::~PostgresConnection() = default;

Result<PostgresTransaction> PostgresTransaction::begin(PostgresConnection& connection) {
  RETURN_IF_ERROR(connection.execute("BEGIN"));
  return PostgresTransaction(connection);
}

Status PostgresTransaction::commit() {
  CHECK(connection_ != nullptr);
  RETURN_IF_ERROR(connection_->execute("COMMIT"));
  connection_ = nullptr;
  return {};
}

PostgresTransaction::PostgresTransaction(PostgresTransaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

PostgresTransaction::~PostgresTransaction() {
  if (connection_ == nullptr) return;
  connection_->rollback();
}

}  // namespace coterie::data
