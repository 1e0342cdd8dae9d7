#pragma once
// A small shop whose tables are in a real PostgreSQL server, under names of its own.

#include <string>

#include "data/postgres/test_server.h"

namespace coterie::tests {

inline constexpr int kDatabaseClients = 300;
inline constexpr int kDatabaseGoods = 60;
inline constexpr int kDatabaseSales = 9'000;

// The URL's password, as tests hand it over.
inline constexpr const char* kPasswordVariable = "COTERIE_PG_PASSWORD";

class DatabaseShop {
 public:
  // Fills a new database with the schemas `public` (clients, goods, sales; foreign keys, arrays,
  // jsonb, unbound numerics, time zones, generated identities) and `archive` (a table nobody
  // needs).
  explicit DatabaseShop(data::PostgresTestServer& server);

  const std::string& url() const { return url_; }  // with the password
  // The same with "${COTERIE_PG_PASSWORD}" in the password's place.
  std::string url_without_password() const;
  void execute(const std::string& sql) const;

 private:
  std::string url_;
};

}  // namespace coterie::tests
