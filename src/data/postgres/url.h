#pragma once
// The URL of a PostgreSQL database in the three forms that inference needs of it.

#include <string>

#include "base/result.h"

namespace coterie::data {

struct PostgresUrl {
  std::string connect;  // with its password, without `schema`: for PostgresConnection::connect
  std::string schema;   // of ?schema=NAME, which is ours and not the server's; "" = all
  // For coterie.yaml: a password that stood in the URL is a reference to `variable` there.
  std::string written;
  bool password_left_out = false;
  std::string variable = "COTERIE_PG_PASSWORD";
};

// `text`: postgres://user:password@host:port/database?schema=NAME&sslmode=… References such as
// ${NAME} are resolved for `connect` and stay as they are in `written`. Errors: kInvalidInput for
// another scheme, a query without '=' or a variable that is not set.
Result<PostgresUrl> read_postgres_url(const std::string& text);

}  // namespace coterie::data
