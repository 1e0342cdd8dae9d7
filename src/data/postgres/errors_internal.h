#pragma once
// Errors of PostgreSQL as errors of this program: by SQLSTATE where the server answered, by the
// client library's text where no connection came about.

#include <string>
#include <string_view>

#include "base/result.h"

namespace coterie::data {

// What the server said about a failed statement. Empty fields are unknown.
struct ServerMessage {
  std::string sqlstate;
  std::string primary;  // "permission denied for schema ml"
  std::string detail;
  std::string hint;
  std::string context;  // "COPY staging, line 3, column price"
  std::string schema, table, column;
  std::string user;  // who is connected
};

// `server` is PostgresConnection::name(). Passwords are redacted.
Error statement_error(const ServerMessage& message, const std::string& server);
// `text` is the client library's message for a connection that failed.
Error connect_error(std::string_view text, const std::string& server);

}  // namespace coterie::data
