// The outputs in the company's own database: a real PostgreSQL server, read as a backend team
// would.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/postgres/test_server.h"
#include "shop.h"

namespace coterie::tests {
namespace {

using data::PostgresConnection;
using data::PostgresTestServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::map<std::string, std::string> kSecret = {
    {"SHOP_DB_PASSWORD", PostgresTestServer::kPasswordInUrl}};

std::string database_of(const std::string& url) { return url.substr(url.rfind('/') + 1); }

// The finished shop, told to publish into schema `ml` of a new database.
struct PublishedShop {
  PublishedShop(PostgresTestServer& server, const std::string& port) : url(server.new_database()) {
    Shop::copy_finished(shop);
    write_text(shop + "/coterie.yaml",
               read_text(shop + "/coterie.yaml") +
                   fmt::format("publish:\n  to: postgres://{}:${{SHOP_DB_PASSWORD}}@127.0.0.1:{}/"
                               "{}\n  schema: ml\n",
                               PostgresTestServer::kUser, port, database_of(url)));
  }
  explicit PublishedShop(PostgresTestServer& server)
      : PublishedShop(server, std::to_string(server.port())) {}

  void replace_in_config(const std::string& from, const std::string& to) const {
    std::string text = read_text(shop + "/coterie.yaml");
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    write_text(shop + "/coterie.yaml", text.replace(at, from.size(), to));
  }
  Outcome run(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), "run");
    return coterie(options, shop, kSecret);
  }
  std::string text(const std::string& sql) const {
    auto connection = PostgresConnection::connect(url);
    EXPECT_TRUE(connection.ok());
    const auto value = connection->scalar_text(sql);
    return value.ok() ? *value : value.error().to_text();
  }

  TemporaryFolder folder;
  std::string shop = folder / "shop";
  std::string url;
};

std::string first_cell(const std::string& shop, const std::string& sql) {
  const Outcome rows = coterie({"sql", sql, "--format", "csv"}, shop, kSecret);
  EXPECT_EQ(rows.status, 0) << rows.err;
  const size_t begin = rows.out.find('\n') + 1;
  return rows.out.substr(begin, rows.out.find('\n', begin) - begin);
}

TEST(PublishRun, ABackendTeamOnlyReadsTables) {
  COTERIE_NEED_POSTGRES(server);
  const PublishedShop world(server);
  const Outcome run = world.run();
  ASSERT_EQ(run.status, 0) << run.all();
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("publish "),
                    HasSubstr("tables written to schema ml of " + database_of(world.url) + " at "),
                    HasSubstr("never ran")));
  EXPECT_THAT(run.all(), Not(HasSubstr(PostgresTestServer::kPasswordInUrl)));
  EXPECT_THAT(run.all(), Not(HasSubstr(PostgresTestServer::kPassword)));

  auto owner = PostgresConnection::connect(world.url);
  ASSERT_TRUE(owner.ok());
  ASSERT_TRUE(
      owner
          ->execute("CREATE ROLE backend_team LOGIN PASSWORD 'backend-word'; GRANT USAGE ON "
                    "SCHEMA ml TO backend_team; GRANT SELECT ON ALL TABLES IN SCHEMA ml TO "
                    "backend_team")
          .ok());
  auto backend = PostgresConnection::connect(
      server.url(database_of(world.url), "backend_team", "backend-word"));
  ASSERT_TRUE(backend.ok()) << backend.error().to_text();
  const std::string customer =
      first_cell(world.shop, "select min(customer_id) from recommendations_cf");
  const auto best = backend->query(
      "SELECT article_id, product_name, segment_name, r.model_version FROM ml.recommendations_cf r "
      "JOIN ml.customer_segments USING (customer_id) WHERE customer_id = $1 ORDER BY rank",
      {customer});
  ASSERT_TRUE(best.ok()) << best.error().to_text();
  ASSERT_FALSE(best->rows.empty());
  EXPECT_EQ(*best->rows[0][0],
            first_cell(world.shop,
                       "select article_id from recommendations_cf where customer_id = "
                       "'" +
                           customer + "' and rank = 1"));
  EXPECT_THAT(*best->rows[0][3], HasSubstr("cf/v"));
  const Outcome tables = coterie({"tables", "--json"}, world.shop, kSecret);
  int published = 0;
  for (const auto& table : nlohmann::json::parse(tables.out)) {
    const std::string name = table["name"];
    const std::string rows = world.text(
        "SELECT row_count FROM ml.coterie_publications WHERE "
        "table_name = '" +
        name + "'");
    const bool output = name.starts_with("dataset_") || name.starts_with("customer_segment") ||
                        name.starts_with("recommendations_") || name == "data_checks";
    EXPECT_EQ(rows.find("no row") == std::string::npos, output) << name;
    if (!output) continue;
    ++published;
    EXPECT_EQ(rows, std::to_string(table["rows"].get<int64_t>())) << name;
    EXPECT_EQ(world.text("SELECT count(*) FROM ml." + name), rows) << name;
  }
  EXPECT_GE(published, 10);
  EXPECT_EQ(world.text("SELECT count(*) FROM pg_indexes WHERE schemaname = 'ml' AND indexdef LIKE "
                       "'%recommendations_cf USING btree (customer_id, article_id)'"),
            "1");
  EXPECT_EQ(world.text("SELECT col_description('ml.dataset_a_interactions'::regclass, 3)"),
            "purchase lines; 0 when all of it was returned");

  const Outcome again = world.run();
  EXPECT_EQ(again.status, 0) << again.all();
  EXPECT_THAT(again.out, HasSubstr("nothing to do"));
  ASSERT_TRUE(owner->execute("DROP OWNED BY backend_team; DROP ROLE backend_team").ok());
}

TEST(PublishRun, OnlyWhatChangedIsWrittenAgainAndOnlyWhenSelected) {
  COTERIE_NEED_POSTGRES(server);
  const PublishedShop world(server);
  ASSERT_EQ(world.run().status, 0);
  const std::string cf = world.text("SELECT min(xmin::text) FROM ml.recommendations_cf");
  const std::string segments = "SELECT count(*) FROM ml.customer_segment_profiles";
  const std::string before = world.text(segments);
  world.replace_in_config("publish:", "  segments: {k: 4}\npublish:");
  const Outcome part = world.run({"--select", "models.segments"});
  ASSERT_EQ(part.status, 0) << part.all();
  EXPECT_EQ(world.text(segments), before);
  const Outcome rest = world.run();
  ASSERT_EQ(rest.status, 0) << rest.all();
  EXPECT_THAT(rest.out, AllOf(HasSubstr("2 of "), HasSubstr("the others had not changed")));
  EXPECT_EQ(world.text(segments), first_cell(world.shop,
                                             "select count(*) from "
                                             "customer_segment_profiles"));
  EXPECT_NE(world.text(segments), before);
  EXPECT_EQ(world.text("SELECT min(xmin::text) FROM ml.recommendations_cf"), cf);
}

TEST(PublishRun, AMissingServerIsNamedAndLosesNothing) {
  COTERIE_NEED_POSTGRES(server);
  const PublishedShop world(server, "1");
  world.replace_in_config("publish:", "  segments: {k: 4}\npublish:");
  const Outcome failed = world.run();
  EXPECT_EQ(failed.status, 1) << failed.all();
  EXPECT_THAT(failed.err,
              AllOf(HasSubstr("cannot connect to " + database_of(world.url) + " at 127.0.0.1:1: "),
                    HasSubstr("mend: check that PostgreSQL runs there and that host and port of "
                              "the URL are right")));
  EXPECT_THAT(failed.out, AllOf(HasSubstr("failed in step publish"), HasSubstr("is kept"),
                                HasSubstr("what was finished: " + world.shop + "/report/")));
  EXPECT_THAT(failed.all(), Not(HasSubstr(PostgresTestServer::kPasswordInUrl)));
  EXPECT_THAT(failed.all(), Not(HasSubstr(PostgresTestServer::kPassword)));
  EXPECT_THAT(coterie({"runs", "show", "last", "--json"}, world.shop, kSecret).all(),
              Not(HasSubstr(PostgresTestServer::kPassword)));
  const std::string segments =
      first_cell(world.shop,
                 "select count(*) from customer_segment_profiles where segment_name <> 'No "
                 "purchases yet'");
  EXPECT_EQ(segments, "4");
  world.replace_in_config("@127.0.0.1:1/", fmt::format("@127.0.0.1:{}/", server.port()));
  const Outcome mended = coterie({"run", "--json"}, world.shop, kSecret);
  ASSERT_EQ(mended.status, 0) << mended.all();
  for (const auto& step : nlohmann::json::parse(mended.out)["steps"])
    EXPECT_EQ(step["state"], step["step"] == "publish" ? "ok" : "fresh") << step.dump();
  EXPECT_EQ(world.text("SELECT count(*) FROM ml.customer_segments"),
            std::to_string(kShopCustomers));
}

}  // namespace
}  // namespace coterie::tests
