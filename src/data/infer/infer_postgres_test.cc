// Inference over the tables of a real PostgreSQL server.

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/infer/infer.h"
#include "data/postgres/test_server.h"
#include "data/project/project.h"

namespace coterie::data {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class InferPostgres : public testing::Test {
 protected:
  InferPostgres() : engine_(*Engine::open({.threads = 1})), connection_(*engine_.connect()) {}

  void open(PostgresTestServer& server, const std::string& sql) {
    url_ = server.new_database();
    auto db = PostgresConnection::connect(url_);
    ASSERT_TRUE(db.ok());
    const Status made = db->execute(sql);
    ASSERT_TRUE(made.ok()) << made.error().to_text();
  }
  Result<Inference> infer(const std::string& query = {}) {
    return infer_project(connection_, url_ + query);
  }
  static const RoleGuess& role(const Inference& inference, const std::string& name) {
    const auto found = std::ranges::find(inference.roles, name, &RoleGuess::role);
    EXPECT_NE(found, inference.roles.end()) << inference_report(inference);
    return *found;
  }
  static std::string source_of(const RoleGuess& guess, std::string_view column) {
    const ColumnGuess* found = guess.find(column);
    return found == nullptr ? "" : found->source_column;
  }

  Engine engine_;
  Connection connection_;
  std::string url_;
};

// Names that say nothing; the keys say it.
constexpr const char* kShop = R"(
  CREATE SCHEMA "Shop";
  CREATE TABLE "Shop".users (no text PRIMARY KEY, user_id text UNIQUE, mail text);
  ALTER TABLE "Shop".users DROP CONSTRAINT users_pkey, ADD PRIMARY KEY (user_id);
  CREATE TABLE "Shop".products (sku int PRIMARY KEY, title text, labels text[]);
  CREATE TABLE "Shop".sales (nr bigint PRIMARY KEY, who text REFERENCES "Shop".users (user_id),
    what int REFERENCES "Shop".products, sold_at timestamptz, unit_price numeric, qty int,
    updated_at timestamptz);
  INSERT INTO "Shop".users SELECT g::text, 'u' || g, g || '@x' FROM generate_series(1, 40) g;
  INSERT INTO "Shop".products SELECT g, 'Thing ' || g FROM generate_series(1, 9) g;
  INSERT INTO "Shop".sales SELECT g, 'u' || 1 + g % 40, 1 + g % 9,
    timestamptz '2024-01-01' + g * interval '1 hour', g % 7 + 0.5, 1, '2024-03-01'
    FROM generate_series(1, 400) g)";

TEST_F(InferPostgres, KeysAndReferencesSayWhatNamesDoNot) {
  COTERIE_NEED_POSTGRES(server);
  open(server, kShop);
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  const RoleGuess& sales = role(*inference, "transactions");
  EXPECT_EQ(source_of(sales, "customer_id"), "who");
  EXPECT_EQ(source_of(sales, "article_id"), "what");
  EXPECT_EQ(source_of(sales, "transaction_id"), "nr");
  EXPECT_EQ(source_of(sales, "t_dat"), "sold_at");
  EXPECT_THAT(sales.key, ElementsAre("transaction_id"));
  EXPECT_THAT(inference->joins,
              Contains("transactions.customer_id -> customers: a foreign key of the server"));
  EXPECT_EQ(source_of(role(*inference, "customers"), "customer_id"), "user_id");
  EXPECT_EQ(source_of(role(*inference, "items"), "product_name"), "title");
}

TEST_F(InferPostgres, TheConfigurationParsesAndHoldsNoPassword) {
  COTERIE_NEED_POSTGRES(server);
  open(server, kShop);
  const auto inference = infer("?schema=Shop");
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  const std::string text = inferred_config(*inference, "shop");
  EXPECT_THAT(text,
              AllOf(HasSubstr("table: \"\\\"Shop\\\".sales\""), HasSubstr("key: [transaction_id]"),
                    HasSubstr("# watermark: updated_at  # if every new or changed row"),
                    HasSubstr("tester:${COTERIE_PG_PASSWORD}@127.0.0.1:"),
                    HasSubstr("# The password is not written here."),
                    Not(HasSubstr(PostgresTestServer::kPasswordInUrl)),
                    Not(HasSubstr(PostgresTestServer::kPassword))));
  EXPECT_THAT(inference_report(*inference), Not(HasSubstr(PostgresTestServer::kPasswordInUrl)));
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs
  setenv("COTERIE_PG_PASSWORD", PostgresTestServer::kPasswordInUrl, 1);
  const auto project = parse_project(text, "coterie.yaml", "/");
  ASSERT_TRUE(project.ok()) << project.error().to_text() << "\n" << text;
  EXPECT_EQ(project->find_source("transactions")->postgres_url, url_);
  EXPECT_EQ(project->find_source("transactions")->postgres_table, "\"Shop\".sales");
}

TEST_F(InferPostgres, AnEmptyDatabaseAndAMissingSchemaAreSaid) {
  COTERIE_NEED_POSTGRES(server);
  open(server, "CREATE TABLE t (labels text[])");
  const auto arrays = infer();
  ASSERT_FALSE(arrays.ok());
  EXPECT_THAT(arrays.error().to_text(), HasSubstr("has no table that this user may read"));
  const auto missing = infer("?schema=nowhere");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().to_text(),
              AllOf(HasSubstr("schema 'nowhere' of test_"), HasSubstr("?schema=NAME")));
}

}  // namespace
}  // namespace coterie::data
