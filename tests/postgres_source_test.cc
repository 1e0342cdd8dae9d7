// A project whose roles come from tables of a real PostgreSQL server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "database_shop.h"
#include "run_program.h"

namespace coterie::tests {
namespace {

using data::PostgresTestServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::map<std::string, std::string> kSecret = {
    {kPasswordVariable, PostgresTestServer::kPasswordInUrl}};

class DatabaseProject {
 public:
  explicit DatabaseProject(PostgresTestServer& server) : shop(server) {
    write(shop.url_without_password());
  }
  void write(const std::string& url, const std::string& goods = "goods") const {
    write_text(folder_ / "coterie.yaml",
               fmt::format("config_version: 1\nproject: db\nsources:\n"
                           "  customers:\n    from: {0}\n    table: clients\n"
                           "    columns: {{customer_id: client_no, first_name: given_name}}\n"
                           "  items:\n    from: {0}\n    table: {1}\n"
                           "    columns: {{article_id: sku, product_name: title, price: "
                           "list_price}}\n"
                           "  transactions:\n    from: {0}\n    table: public.sales\n"
                           "    key: transaction_id\n    watermark: changed\n"
                           "    columns: {{transaction_id: sale_id, customer_id: client, "
                           "article_id: good, t_dat: sold_at, price: unit_price, quantity: qty}}\n"
                           "checks: {{minimum_sizes: warn}}\n"
                           "models:\n  cf: {{factors: 8, unobserved_weight: 0.4, regularisation: "
                           "0.001}}\n",
                           url, goods));
  }
  Outcome run(std::vector<std::string> options = {},
              const std::map<std::string, std::string>& environment = kSecret) const {
    options.insert(options.begin(), "run");
    return coterie(options, folder_.path(), environment);
  }
  std::string cell(const std::string& sql) const {
    const Outcome rows = coterie({"sql", sql, "--format", "csv"}, folder_.path(), kSecret);
    EXPECT_EQ(rows.status, 0) << rows.err;
    const size_t begin = rows.out.find('\n') + 1;
    return rows.out.substr(begin, rows.out.find('\n', begin) - begin);
  }

  int64_t version(const std::string& table) const {
    const Outcome tables = coterie({"tables", "--json"}, folder_.path(), kSecret);
    for (const auto& known : nlohmann::json::parse(tables.out)) {
      if (known["name"] == table) return known["version"];
    }
    return -1;
  }

  const std::string& folder() const { return folder_.path(); }

  DatabaseShop shop;

 private:
  TemporaryFolder folder_;
};

std::map<std::string, std::string> states(const Outcome& run) {
  std::map<std::string, std::string> states;
  const auto document = nlohmann::json::parse(run.out);
  for (const auto& step : document["steps"]) states[step["step"]] = step["state"];
  return states;
}

TEST(PostgresSource, TablesOfAServerBecomeSegmentsAndRecommendations) {
  COTERIE_NEED_POSTGRES(server);
  const DatabaseProject project(server);
  const Outcome run = project.run();
  ASSERT_EQ(run.status, 0) << run.all();
  EXPECT_THAT(run.all(), AllOf(Not(HasSubstr(PostgresTestServer::kPasswordInUrl)),
                               Not(HasSubstr(PostgresTestServer::kPassword))));
  EXPECT_EQ(project.cell("select count(*) from transactions"), std::to_string(kDatabaseSales));
  EXPECT_EQ(project.cell("select count(*) from customer_segments"),
            std::to_string(kDatabaseClients));
  EXPECT_EQ(project.cell("select count(distinct customer_id) from recommendations_cf where "
                         "product_name like 'Thing %'"),
            std::to_string(kDatabaseClients));
  // 9,000 lines of 1.125 to 97.125, half even to cents: 1.12, 2.12, ..., 97.12.
  EXPECT_EQ(project.cell("select min(price) || ' ' || max(price) from transactions"), "1.12 97.12");
}

TEST(PostgresSource, ASecondRunReadsAgainAndDoesNothingTwice) {
  COTERIE_NEED_POSTGRES(server);
  const DatabaseProject project(server);
  ASSERT_EQ(project.run().status, 0);
  const Outcome again = project.run({"--json"});
  ASSERT_EQ(again.status, 0) << again.all();
  for (const auto& [step, state] : states(again)) {
    EXPECT_EQ(state, step == "ingest" ? "ok" : "fresh") << step;
  }
  const int64_t before = project.version("items");
  project.shop.execute(
      "INSERT INTO sales (client, good, sold_at, unit_price, qty, changed) "
      "VALUES ('k00001', 1, '2024-02-01', 3, 1, '2024-06-02')");
  const Outcome changed = project.run({"--json"});
  ASSERT_EQ(changed.status, 0) << changed.all();
  EXPECT_EQ(states(changed)["datasets.a"], "ok");
  EXPECT_EQ(project.version("items"), before) << "the goods have not changed";
  EXPECT_EQ(project.cell("select count(*) from transactions"), std::to_string(kDatabaseSales + 1));
}

TEST(PostgresSource, FailuresNameTheKeyAndTheMendAndLoseNothing) {
  COTERIE_NEED_POSTGRES(server);
  const DatabaseProject project(server);
  ASSERT_EQ(project.run().status, 0);
  const Outcome wrong = project.run({}, {{kPasswordVariable, "not-the-word"}});
  EXPECT_NE(wrong.status, 0);
  EXPECT_THAT(wrong.err, AllOf(HasSubstr("coterie.yaml:5:11: sources.customers.from: cannot "
                                         "connect"),
                               HasSubstr("password authentication failed for user \"tester\""),
                               HasSubstr("mend: check user and password of the URL")));
  EXPECT_THAT(wrong.all(), Not(HasSubstr("not-the-word")));
  const Outcome unset = project.run({}, {{kPasswordVariable, ""}});
  EXPECT_EQ(unset.status, 2) << unset.all();
  EXPECT_EQ(coterie({"sql", "select 1"}, project.folder(), {{kPasswordVariable, ""}}).status, 0)
      << "looking needs no password";
  project.write(project.shop.url_without_password(), "good");
  const Outcome missing = project.run();
  EXPECT_EQ(missing.status, 2) << missing.all();
  EXPECT_THAT(missing.err, AllOf(HasSubstr("sources.items.table: "),
                                 HasSubstr("relation \"good\" does not exist"),
                                 HasSubstr("mend: did you mean 'goods'?")));
  project.write("postgres://tester:${COTERIE_PG_PASSWORD}@127.0.0.1:1/shop");
  const Outcome gone = project.run();
  EXPECT_EQ(gone.status, 1) << gone.all();
  EXPECT_THAT(gone.err, HasSubstr("cannot connect to shop at 127.0.0.1:1"));
  EXPECT_EQ(project.cell("select count(*) from transactions"), std::to_string(kDatabaseSales));
}

TEST(PostgresSource, InitInfersAProjectThatRuns) {
  COTERIE_NEED_POSTGRES(server);
  const DatabaseShop shop(server);
  const TemporaryFolder folder;
  const Outcome made = coterie({"init", "shop", "--data", shop.url()}, folder.path());
  ASSERT_EQ(made.status, 0) << made.all();
  EXPECT_THAT(made.out, AllOf(HasSubstr("transactions.customer_id -> customers: a foreign key"),
                              HasSubstr("(no role)                 archive.notes")));
  EXPECT_THAT(made.out, HasSubstr("read -rs COTERIE_PG_PASSWORD && export COTERIE_PG_PASSWORD"));
  const std::string config = read_text(folder / "shop/coterie.yaml");
  for (const std::string& text : {made.all(), config}) {
    EXPECT_THAT(text, AllOf(Not(HasSubstr(PostgresTestServer::kPasswordInUrl)),
                            Not(HasSubstr(PostgresTestServer::kPassword))));
  }
  EXPECT_THAT(config, AllOf(HasSubstr("table: sales"), HasSubstr("customer_id: client  #"),
                            HasSubstr("article_id: good  #"), HasSubstr("t_dat: sold_at  #")));
  const Outcome run = coterie({"run", "--json"}, folder / "shop", kSecret);
  ASSERT_EQ(run.status, 0) << run.all();
  for (const auto& [step, state] : states(run)) EXPECT_EQ(state, "ok") << step;
  const Outcome rows = coterie({"sql", "--json",
                                "select (select count(*) from customer_segments) as segments, "
                                "(select count(distinct customer_id) from recommendations_cf) as "
                                "recommended"},
                               folder / "shop", kSecret);
  ASSERT_EQ(rows.status, 0) << rows.all();
  const auto counts = nlohmann::json::parse(rows.out)[0];
  EXPECT_EQ(counts["segments"], kDatabaseClients);
  EXPECT_EQ(counts["recommended"], kDatabaseClients);
}

}  // namespace
}  // namespace coterie::tests
