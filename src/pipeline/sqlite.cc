#include <fmt/format.h>

#include "pipeline/sqlite_internal.h"

namespace coterie::pipeline::internal {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

Error sqlite_error(sqlite3* handle, const std::string& path) {
  const int code = handle != nullptr ? sqlite3_errcode(handle) : SQLITE_NOMEM;
  const ErrorCode kind = code == SQLITE_FULL   ? ErrorCode::kResourceExhausted
                         : code == SQLITE_BUSY ? ErrorCode::kUnavailable
                         : code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? ErrorCode::kCorrupt
                                                                           : ErrorCode::kIo;
  Error error{kind, handle != nullptr ? sqlite3_errmsg(handle) : "out of memory"};
  if (!path.empty()) error.file = path;
  if (kind == ErrorCode::kCorrupt) {
    error.mend = "move this file away: it only remembers past runs, and a new one is begun";
  }
  return error;
}

}  // namespace

Statement::Statement(sqlite3* database, const std::string& sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  failed_ = sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK;
  statement_.reset(statement);
}

Error Statement::fault() const {
  const char* path = sqlite3_db_filename(database_, "main");
  return sqlite_error(database_, path != nullptr ? path : "");
}

Statement& Statement::bind(int64_t value) {
  failed_ = failed_ || sqlite3_bind_int64(statement_.get(), ++bound_, value) != SQLITE_OK;
  return *this;
}

Statement& Statement::bind(double value) {
  failed_ = failed_ || sqlite3_bind_double(statement_.get(), ++bound_, value) != SQLITE_OK;
  return *this;
}

Statement& Statement::bind(const std::string& value) {
  failed_ =
      failed_ || sqlite3_bind_text(statement_.get(), ++bound_, value.data(),
                                   static_cast<int>(value.size()), SQLITE_TRANSIENT) != SQLITE_OK;
  return *this;
}

Result<bool> Statement::step() {
  if (failed_) return fault();
  const int state = sqlite3_step(statement_.get());
  if (state == SQLITE_ROW) return true;
  if (state == SQLITE_DONE) return false;
  return fault();
}

Status Statement::run() {
  ASSIGN_OR_RETURN(const bool row, step());
  CHECK(!row);
  return {};
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<size_t>(size));
}

Result<Database> Database::open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  Database database;
  database.handle_.reset(handle);
  database.path_ = path;
  if (opened != SQLITE_OK) return sqlite_error(handle, path);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  RETURN_IF_ERROR(database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"));
  return database;
}

Status Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return sqlite_error(handle_.get(), path_);
  }
  return {};
}

Result<Transaction> Transaction::begin(Database& database) {
  RETURN_IF_ERROR(database.execute("BEGIN IMMEDIATE"));
  return Transaction(&database);
}

Status Transaction::commit() {
  RETURN_IF_ERROR(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  // A failed ROLLBACK has already rolled back; there is nothing left to undo.
  if (const Status undone = database_->execute("ROLLBACK"); !undone.ok()) return;
}

}  // namespace coterie::pipeline::internal
