#include "data/postgres/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/postgres/test_server.h"

namespace coterie::data {
namespace {

using testing::ElementsAre;

PostgresConnection open(PostgresTestServer& server, const std::string& sql) {
  Result<PostgresConnection> connection = PostgresConnection::connect(server.new_database());
  CHECK(connection.ok());
  const Status made = connection->execute(sql);
  EXPECT_TRUE(made.ok()) << made.error().to_text();
  return *std::move(connection);
}

std::vector<std::string> names(const std::vector<CatalogueTable>& tables) {
  std::vector<std::string> names;
  for (const CatalogueTable& table : tables) names.push_back(written_postgres_table(table.table));
  return names;
}

TEST(PostgresCatalogue, ListsTablesWithColumnsKeysAndReferences) {
  COTERIE_NEED_POSTGRES(server);
  PostgresConnection db = open(server, R"(
    CREATE SCHEMA "Crm";
    CREATE TABLE "Crm"."Clients" (region int, no int, name text NOT NULL, PRIMARY KEY (no, region));
    CREATE TABLE orders (id bigint PRIMARY KEY, client_region int, client_no int, total numeric(9,2),
      tags text[], FOREIGN KEY (client_no, client_region) REFERENCES "Crm"."Clients" (no, region));
    ALTER TABLE orders DROP COLUMN total;
    CREATE VIEW busy AS SELECT client_no FROM orders;
    INSERT INTO orders SELECT g, NULL, NULL, NULL FROM generate_series(1, 50) g; ANALYZE)");
  const auto tables = list_postgres_tables(db);
  ASSERT_TRUE(tables.ok()) << tables.error().to_text();
  ASSERT_THAT(names(*tables), ElementsAre("\"Crm\".\"Clients\"", "busy", "orders"));
  const CatalogueTable& clients = tables->at(0);
  EXPECT_THAT(clients.primary_key, ElementsAre("no", "region"));
  EXPECT_TRUE(clients.find("name")->not_null);
  const CatalogueTable& orders = tables->at(2);
  EXPECT_EQ(orders.find("total"), nullptr);
  EXPECT_EQ(orders.find("tags")->type, "text[]");
  EXPECT_THAT(orders.primary_key, ElementsAre("id"));
  ASSERT_EQ(orders.references.size(), 1U);
  EXPECT_EQ(written_postgres_table(orders.references[0].table), "\"Crm\".\"Clients\"");
  EXPECT_THAT(orders.references[0].columns, ElementsAre("client_no", "client_region"));
  EXPECT_THAT(orders.references[0].referred, ElementsAre("no", "region"));
  EXPECT_EQ(orders.estimated_rows, 50);
  EXPECT_GT(orders.bytes, 0);
  const auto narrowed = list_postgres_tables(db, "Crm");
  ASSERT_TRUE(narrowed.ok());
  EXPECT_THAT(names(*narrowed), ElementsAre("\"Crm\".\"Clients\""));
}

TEST(PostgresCatalogue, PartitionsAreOneTable) {
  COTERIE_NEED_POSTGRES(server);
  PostgresConnection db = open(server, R"(
    CREATE TABLE sales (day date NOT NULL, n int) PARTITION BY RANGE (day);
    CREATE TABLE sales_23 PARTITION OF sales FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
    CREATE TABLE sales_24 PARTITION OF sales FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    INSERT INTO sales SELECT date '2023-12-01' + g, g FROM generate_series(1, 60) g; ANALYZE)");
  const auto tables = list_postgres_tables(db);
  ASSERT_TRUE(tables.ok()) << tables.error().to_text();
  ASSERT_THAT(names(*tables), ElementsAre("sales"));
  EXPECT_EQ(tables->at(0).estimated_rows, 60);
  EXPECT_GT(tables->at(0).bytes, 0);
}

TEST(PostgresCatalogue, LeavesOutWhatTheUserMayNotRead) {
  COTERIE_NEED_POSTGRES(server);
  PostgresConnection db = open(server,
                               "DROP ROLE IF EXISTS reader; CREATE ROLE reader; CREATE TABLE mine "
                               "(a int); CREATE TABLE yours (a int); GRANT SELECT ON mine TO "
                               "reader; SET ROLE reader");
  const auto tables = list_postgres_tables(db);
  ASSERT_TRUE(tables.ok()) << tables.error().to_text();
  EXPECT_THAT(names(*tables), ElementsAre("mine"));
  EXPECT_EQ(nearest_postgres_table(db, {"", "mines"}), "mine");
  EXPECT_EQ(nearest_postgres_table(db, {"", "something else"}), "");
  ASSERT_TRUE(db.execute("RESET ROLE; DROP OWNED BY reader; DROP ROLE reader").ok());
}

TEST(PostgresCatalogue, WritesNamesThatReadBack) {
  for (const PostgresTable& table :
       {PostgresTable{"public", "plain"}, PostgresTable{"public", "With.Dot"},
        PostgresTable{"My \"schema\"", "größe"}, PostgresTable{"shop", "Sales"}}) {
    const auto read = parse_postgres_table(written_postgres_table(table));
    ASSERT_TRUE(read.ok()) << written_postgres_table(table);
    EXPECT_EQ(read->name, table.name);
    EXPECT_EQ(read->schema, table.schema == "public" ? "" : table.schema);
  }
}

}  // namespace
}  // namespace coterie::data
