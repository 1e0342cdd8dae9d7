#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "base/cancel.h"
#include "data/warehouse/sqlite_internal.h"

namespace coterie::data {
namespace {

using Clock = std::chrono::steady_clock;

Error convert(sqlite3* handle, int code, double busy_timeout_s) {
  const char* name = sqlite3_db_filename(handle, "main");
  const std::string path = name == nullptr ? "the catalogue" : name;
  const std::string text = sqlite3_errmsg(handle);
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      if (cancel_requested()) return cancelled_error();
      return Error{ErrorCode::kUnavailable,
                   fmt::format("the catalogue has been locked by another process for {:g} s",
                               busy_timeout_s)}
          .at(path)
          .with_mend("find the program that holds it (fuser " + path + ") or try again later");
    case SQLITE_FULL:
      return Error{ErrorCode::kResourceExhausted, "the disk is full"}.at(path).with_mend(
          "free disk space, or remove old versions with `coterie gc`");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return corrupt("the catalogue is damaged: " + text)
          .at(path)
          .with_mend("restore the warehouse from a backup with `coterie restore`");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return Error{ErrorCode::kPermission, "the catalogue cannot be opened for writing: " + text}
          .at(path)
          .with_mend("check the owner and the permissions of the warehouse folder");
    case SQLITE_IOERR:
      return Error{ErrorCode::kIo, text}.at(path).with_mend("check the disk");
    default:
      return internal_error("catalogue: " + text).at(path);
  }
}

}  // namespace

struct Database::Impl {
  sqlite3* handle = nullptr;
  std::unordered_map<std::string_view, sqlite3_stmt*> statements;
  double busy_timeout_s = 0;
  Clock::time_point busy_since;

  ~Impl() {
    for (const auto& [sql, statement] : statements) sqlite3_finalize(statement);
    sqlite3_close(handle);
  }
  Error error(int code) const { return convert(handle, code, busy_timeout_s); }

  // Waits in small steps so that Ctrl-C is heard.
  static int wait(void* self, int calls) {
    auto* impl = static_cast<Impl*>(self);
    if (calls == 0) impl->busy_since = Clock::now();
    const std::chrono::duration<double> waited = Clock::now() - impl->busy_since;
    if (waited.count() >= impl->busy_timeout_s || cancel_requested()) return 0;
    std::this_thread::sleep_for(
        std::chrono::microseconds(std::min(100 << std::min(calls, 7), 10'000)));
    return 1;
  }
};

Result<Database> Database::open(const std::string& path, const SqliteOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->busy_timeout_s = options.busy_timeout_s;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (options.create ? SQLITE_OPEN_CREATE : 0);
  if (const int code = sqlite3_open_v2(path.c_str(), &impl->handle, flags, nullptr);
      code != SQLITE_OK) {
    return impl->error(code).at(path);
  }
  sqlite3_busy_handler(impl->handle, &Impl::wait, impl.get());
  Database database(std::move(impl));
  if (options.journal == SqliteJournal::kWal) {
    RETURN_IF_ERROR(database.execute("PRAGMA journal_mode = WAL"));
  } else if (options.journal == SqliteJournal::kSingleFile) {
    RETURN_IF_ERROR(database.execute("PRAGMA journal_mode = DELETE"));
  }
  RETURN_IF_ERROR(database.execute("PRAGMA synchronous = FULL"));
  return database;
}

Status Database::execute(const char* sql) {
  const int code = sqlite3_exec(impl_->handle, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return impl_->error(code);
  return {};
}

Result<SqliteQuery> Database::query(const char* sql) {
  sqlite3_stmt*& statement = impl_->statements[sql];
  if (statement == nullptr) {
    const int code =
        sqlite3_prepare_v3(impl_->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return impl_->error(code);
  }
  return SqliteQuery(statement, impl_->busy_timeout_s);
}

Result<int64_t> Database::scalar(const char* sql) {
  ASSIGN_OR_RETURN(SqliteQuery rows, query(sql));
  ASSIGN_OR_RETURN(const bool found, rows.step());
  if (!found) return internal_error(std::string("catalogue: no row of ") + sql);
  return rows.integer(0);
}

Status Database::copy_to(Database& target) {
  sqlite3_backup* backup = sqlite3_backup_init(target.impl_->handle, "main", impl_->handle, "main");
  if (backup == nullptr) return target.impl_->error(sqlite3_errcode(target.impl_->handle));
  sqlite3_backup_step(backup, -1);
  const int code = sqlite3_backup_finish(backup);
  if (code != SQLITE_OK) return target.impl_->error(code);
  return {};
}

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::Database(Database&&) noexcept = default;
Database::~Database() = default;

SqliteQuery::SqliteQuery(SqliteQuery&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)),
      busy_timeout_s_(other.busy_timeout_s_),
      bound_(other.bound_) {}

SqliteQuery::~SqliteQuery() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

SqliteQuery& SqliteQuery::bind(int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

SqliteQuery& SqliteQuery::bind(std::string_view value) {
  sqlite3_bind_text(statement_, ++bound_, value.data(), static_cast<int>(value.size()),
                    SQLITE_TRANSIENT);
  return *this;
}

Result<bool> SqliteQuery::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return convert(sqlite3_db_handle(statement_), code, busy_timeout_s_);
}

Status SqliteQuery::run() {
  while (true) {
    ASSIGN_OR_RETURN(const bool row, step());
    if (!row) return {};
  }
}

int64_t SqliteQuery::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string SqliteQuery::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

bool SqliteQuery::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<SqliteTransaction> SqliteTransaction::begin(Database& database) {
  RETURN_IF_ERROR(database.execute("BEGIN IMMEDIATE"));
  return SqliteTransaction(database);
}

Status SqliteTransaction::commit() {
  RETURN_IF_ERROR(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

SqliteTransaction::~SqliteTransaction() {
  if (database_ != nullptr)
    sqlite3_exec(database_->impl_->handle, "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace coterie::data
