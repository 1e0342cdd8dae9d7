#pragma once
// PostgreSQL behind our own types: one connection by URL, statements with parameters, COPY in both
// directions. libpq is used in this folder alone.
//
// Errors are converted by SQLSTATE (errors_internal.h) and never show a password:
//   kUnavailable       no such host, refused, timed out, server shutting down, connection lost
//   kPermission        wrong user or password, missing privilege; the mend names the GRANT
//   kNotFound          database, schema, table or column does not exist
//   kConflict          lock not available, serialisation failure, object already exists
//   kResourceExhausted disk, memory or connections of the server are used up
//   kInvalidInput      URL, SQL of the user, or a value that does not fit its column
//   kCancelled         this process was asked to stop (base/cancel.h)

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coterie::data {

struct PostgresOptions {
  int connect_timeout_s = 10;  // unless the URL says connect_timeout
  std::string application_name = "coterie";
};

// A column of a result as the server describes it.
struct PostgresColumn {
  std::string name;
  uint32_t type_oid = 0;
  int32_t type_modifier = -1;
};

// A whole result in memory, as text: for catalogue queries and single values.
struct PostgresRows {
  std::vector<PostgresColumn> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;  // nullopt = NULL
  int64_t rows_changed = 0;                                   // by INSERT, UPDATE, DELETE, COPY
};

using PostgresParameters = std::vector<std::optional<std::string>>;  // $1, $2, ... as text

// One session: UTF-8, UTC, ISO dates. Move-only, not thread-safe. A statement in flight is
// cancelled on the server when this process is cancelled.
class PostgresConnection {
 public:
  // `url`: postgres://user:password@host:port/database?sslmode=... or postgresql://...; what it
  // leaves out comes from PGHOST, PGUSER, PGPASSWORD and so on. The password is remembered for
  // redaction.
  static Result<PostgresConnection> connect(const std::string& url,
                                            const PostgresOptions& options = {});

  // One statement with parameters, or several without.
  Status execute(const std::string& sql, const PostgresParameters& parameters = {});
  Result<PostgresRows> query(const std::string& sql, const PostgresParameters& parameters = {});
  // First column of the first row; kNotFound when there is no row, "" for NULL.
  Result<std::string> scalar_text(const std::string& sql,
                                  const PostgresParameters& parameters = {});
  // Columns of a SELECT, without running it.
  Result<std::vector<PostgresColumn>> describe(const std::string& select);

  // Runs `copy_sql` (COPY ... TO STDOUT ...) and hands over the bytes as they arrive, cut anywhere.
  // An error of `take` stops the copy on the server and is returned. Memory: one message.
  Status copy_out(const std::string& copy_sql,
                  const std::function<Status(std::string_view bytes)>& take);
  // Runs `copy_sql` (COPY ... FROM STDIN ...). `fill` calls `send` any number of times; when it
  // returns an error, the server discards what was sent. Returns the rows copied.
  using CopySend = std::function<Status(std::string_view bytes)>;
  Result<int64_t> copy_in(const std::string& copy_sql,
                          const std::function<Status(const CopySend& send)>& fill);

  // Tells the server to stop what this session is running, from any thread.
  void interrupt() const;
  // "shop at db.example:5432", for messages: never the password.
  const std::string& name() const;
  int server_version() const;  // 150004 = 15.4

  PostgresConnection(PostgresConnection&&) noexcept;
  PostgresConnection& operator=(PostgresConnection&&) noexcept;
  ~PostgresConnection();

 private:
  friend class PostgresTransaction;
  void rollback();
  struct Impl;
  explicit PostgresConnection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A transaction: rolled back on destruction unless commit() succeeded. The connection outlives it.
class PostgresTransaction {
 public:
  static Result<PostgresTransaction> begin(PostgresConnection& connection);
  Status commit();
  PostgresTransaction(PostgresTransaction&& other) noexcept;
  PostgresTransaction& operator=(PostgresTransaction&&) = delete;
  PostgresTransaction(const PostgresTransaction&) = delete;
  ~PostgresTransaction();

 private:
  explicit PostgresTransaction(PostgresConnection& connection) : connection_(&connection) {}
  PostgresConnection* connection_;
};

}  // namespace coterie::data
