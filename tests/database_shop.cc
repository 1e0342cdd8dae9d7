#include "database_shop.h"

#include <fmt/format.h>

namespace coterie::tests {
namespace {

// Numbers that look scattered and are the same every time.
constexpr const char* kTables = R"(
  CREATE SCHEMA archive;
  CREATE TABLE archive.notes (note_id int PRIMARY KEY, words text);
  INSERT INTO archive.notes VALUES (1, 'nobody reads this');
  CREATE TABLE clients (client_no text PRIMARY KEY, given_name text NOT NULL,
    mail varchar(80), born_year int, joined date, active boolean);
  CREATE TABLE goods (sku int PRIMARY KEY, title text NOT NULL, list_price numeric(10,2),
    maker varchar(20), labels text[], details jsonb);
  CREATE TABLE sales (sale_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client text NOT NULL REFERENCES clients, good int NOT NULL REFERENCES goods,
    sold_at timestamptz NOT NULL, unit_price numeric, qty smallint,
    changed timestamptz NOT NULL DEFAULT '2024-06-01');
  INSERT INTO clients SELECT 'k' || lpad(g::text, 5, '0'), 'Name ' || g, 'n' || g || '@example.org',
    1950 + g % 50, date '2022-01-01' + g % 300, g % 2 = 0 FROM generate_series(1, {0}) g;
  INSERT INTO goods SELECT g, 'Thing ' || g, g * 1.25, 'Maker ' || g % 7, array['a', 'b'],
    '{{"k": 1}}' FROM generate_series(1, {1}) g;
  INSERT INTO sales (client, good, sold_at, unit_price, qty)
    SELECT 'k' || lpad((1 + g * 7919 % {0})::text, 5, '0'), 1 + (g * 104729 + g / 61) % {1},
      timestamptz '2023-01-01 00:00+02' + (g * 3989 % 9000) * interval '1 hour',
      1 + g % 97 + 0.125, 1 + g % 3 FROM generate_series(1, {2}) g;
  ANALYZE)";

}  // namespace

DatabaseShop::DatabaseShop(data::PostgresTestServer& server) : url_(server.new_database()) {
  execute(fmt::format(fmt::runtime(kTables), kDatabaseClients, kDatabaseGoods, kDatabaseSales));
}

std::string DatabaseShop::url_without_password() const {
  const std::string password = data::PostgresTestServer::kPasswordInUrl;
  std::string url = url_;
  return url.replace(url.find(password), password.size(),
                     fmt::format("${{{}}}", kPasswordVariable));
}

void DatabaseShop::execute(const std::string& sql) const {
  auto connection = data::PostgresConnection::connect(url_);
  ASSERT_TRUE(connection.ok()) << connection.error().to_text();
  const Status done = connection->execute(sql);
  ASSERT_TRUE(done.ok()) << done.error().to_text();
}

}  // namespace coterie::tests
