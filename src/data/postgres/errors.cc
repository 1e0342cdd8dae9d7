#include <array>
#include <string>

#include <fmt/format.h>

#include "base/secret.h"
#include "data/postgres/errors_internal.h"

namespace coterie::data {
namespace {

struct StateRule {
  std::string_view prefix;  // of the SQLSTATE; the first rule that fits wins
  ErrorCode code;
  std::string_view mend;
};

constexpr std::array kStateRules = {
    StateRule{"0A", ErrorCode::kUnsupported, ""},
    StateRule{"08", ErrorCode::kUnavailable, "check that the server runs, then repeat"},
    StateRule{"2BP01", ErrorCode::kConflict, "drop first what depends on it"},
    StateRule{"28", ErrorCode::kPermission, "check user and password of the URL"},
    StateRule{"3D000", ErrorCode::kNotFound, "create the database or correct the URL"},
    StateRule{"3F000", ErrorCode::kNotFound, "create the schema or correct its name"},
    StateRule{"42501", ErrorCode::kPermission, ""},
    StateRule{"42P01", ErrorCode::kNotFound, "check the table's name and schema"},
    StateRule{"42703", ErrorCode::kNotFound, "check the column's name"},
    StateRule{"42P07", ErrorCode::kConflict, "something of that name exists already"},
    StateRule{"42", ErrorCode::kInvalidInput, "correct the SQL"},
    StateRule{"22", ErrorCode::kInvalidInput, "correct the value or the column's type"},
    StateRule{"23", ErrorCode::kInvalidInput, "the rows break a constraint of the table"},
    StateRule{"25006", ErrorCode::kPermission, "the server is read-only: use its primary"},
    StateRule{"40", ErrorCode::kConflict, "another session was at work there: repeat"},
    StateRule{"53100", ErrorCode::kResourceExhausted, "free disk space on the database server"},
    StateRule{"53200", ErrorCode::kResourceExhausted, "the database server is out of memory"},
    StateRule{"53300", ErrorCode::kResourceExhausted, "raise max_connections or close sessions"},
    StateRule{"53", ErrorCode::kResourceExhausted, "the database server is out of resources"},
    StateRule{"55P03", ErrorCode::kConflict, "another session holds the lock: repeat later"},
    StateRule{"57014", ErrorCode::kCancelled, ""},
    StateRule{"57P", ErrorCode::kUnavailable, "the server is going down: repeat later"},
    StateRule{"58", ErrorCode::kUnavailable, "see the database server's log"},
};

struct ConnectRule {
  std::string_view text;  // part of the client library's message
  ErrorCode code;
  std::string_view mend;
};

constexpr std::array kConnectRules = {
    ConnectRule{"password authentication failed", ErrorCode::kPermission,
                "check user and password of the URL"},
    ConnectRule{"no password supplied", ErrorCode::kPermission,
                "write postgres://user:${PASSWORD}@host/database or set PGPASSWORD"},
    ConnectRule{"authentication failed", ErrorCode::kPermission,
                "check user and password of the URL"},
    ConnectRule{"no pg_hba.conf entry", ErrorCode::kPermission,
                "let the server accept this user and address in pg_hba.conf"},
    ConnectRule{"permission denied for database", ErrorCode::kPermission,
                "GRANT CONNECT ON DATABASE ... TO the user of the URL"},
    ConnectRule{"too many", ErrorCode::kResourceExhausted,
                "raise max_connections or close sessions"},
    ConnectRule{"role \"", ErrorCode::kPermission, "check the user of the URL"},
    ConnectRule{"database \"", ErrorCode::kNotFound, "create the database or correct the URL"},
    ConnectRule{"could not translate host name", ErrorCode::kUnavailable,
                "check the host of the URL"},
    ConnectRule{"server does not support SSL", ErrorCode::kInvalidInput,
                "remove sslmode=require from the URL, or switch SSL on in the server"},
    ConnectRule{"certificate", ErrorCode::kPermission, "check sslmode and sslrootcert of the URL"},
};

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n' || c == '\t') {
      if (!line.empty() && line.back() != ' ') line += ' ';
    } else {
      line += c;
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

// What to grant, read from the server's "permission denied for <kind> <name>".
std::string grant_mend(const std::string& primary, const std::string& user) {
  constexpr std::string_view kDenied = "permission denied for ";
  if (primary.find("must be owner") != std::string::npos)
    return fmt::format("let {} own it: ALTER TABLE ... OWNER TO {}", user, user);
  if (!primary.starts_with(kDenied)) return fmt::format("GRANT the privilege to {}", user);
  const std::string object = primary.substr(kDenied.size());
  const size_t space = object.find(' ');
  const std::string kind = object.substr(0, space);
  const std::string name = space == std::string::npos ? "..." : object.substr(space + 1);
  if (kind == "schema") return fmt::format("GRANT USAGE, CREATE ON SCHEMA {} TO {}", name, user);
  if (kind == "database") return fmt::format("GRANT CREATE ON DATABASE {} TO {}", name, user);
  return fmt::format("GRANT ALL ON {} TO {}", name, user);
}

}  // namespace

Error statement_error(const ServerMessage& message, const std::string& server) {
  std::string text = message.primary.empty() ? "the statement failed" : message.primary;
  if (!message.detail.empty()) text += fmt::format(" ({})", one_line(message.detail));
  if (!message.context.empty()) text += fmt::format(" [{}]", one_line(message.context));
  Error error{ErrorCode::kInternal, redact(fmt::format("{}: {}", server, one_line(text)))};
  for (const StateRule& rule : kStateRules) {
    if (!message.sqlstate.starts_with(rule.prefix)) continue;
    error.code = rule.code;
    error.mend = rule.mend;
    break;
  }
  if (message.sqlstate.empty()) {
    error.code = ErrorCode::kUnavailable;
    error.mend = "the connection was lost: check that the server runs, then repeat";
  }
  if (message.sqlstate == "42501") error.mend = grant_mend(message.primary, message.user);
  if (!message.hint.empty() && error.code != ErrorCode::kPermission)
    error.mend = redact(one_line(message.hint));
  error.table = message.table;
  error.field = message.column;
  return error;
}

Error connect_error(std::string_view text, const std::string& server) {
  const std::string line = redact(one_line(text));
  Error error{ErrorCode::kUnavailable, fmt::format("cannot connect to {}: {}", server, line)};
  error.mend = "check that PostgreSQL runs there and that host and port of the URL are right";
  for (const ConnectRule& rule : kConnectRules) {
    if (line.find(rule.text) == std::string::npos) continue;
    error.code = rule.code;
    error.mend = rule.mend;
    break;
  }
  return error;
}

}  // namespace coterie::data
