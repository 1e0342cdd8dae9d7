#include "data/check/check.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "data/project/roles.h"
#include "data/warehouse/warehouse.h"

namespace coterie::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A warehouse whose role tables are made by SQL: codes 0 to 9 are the ids c0 to c9 and a0 to a9.
class CheckTest : public testing::Test {
 protected:
  CheckTest()
      : engine_(*Engine::open({.threads = 2})),
        warehouse_(*Warehouse::open(folder_ / "warehouse")) {}

  void put(const std::string& role, const std::string& select) {
    Connection connection = *engine_.connect();
    ASSERT_TRUE(connection.use_private_catalog().ok());
    const Snapshot snapshot = *warehouse_.snapshot();
    ASSERT_TRUE(snapshot.attach(connection).ok());
    WriteTransaction transaction = *warehouse_.begin("test");
    ASSERT_TRUE(
        transaction.encode_ids("customer", connection, "SELECT 'c' || i FROM range(10) t(i)").ok());
    ASSERT_TRUE(
        transaction.encode_ids("article", connection, "SELECT 'a' || i FROM range(10) t(i)").ok());
    TableOptions options;
    options.reshape = true;
    const auto columns = connection.describe(select);
    ASSERT_TRUE(columns.ok()) << columns.error().to_text();
    for (const ColumnInfo& column : *columns) {
      const RoleColumn* known = find_role(role) ? find_role(role)->find(column.name) : nullptr;
      if (known && known->kind == ColumnKind::kId) {
        options.entities.emplace_back(column.name, known->entity);
      }
    }
    if (find_role(role))
      options.key.assign(find_role(role)->key.begin(), find_role(role)->key.end());
    const auto rows = transaction.replace(role, connection, select, options);
    ASSERT_TRUE(rows.ok()) << rows.error().to_text();
    ASSERT_TRUE(transaction.commit().ok());
  }

  Result<CheckReport> run(const std::string& settings) {
    ASSIGN_OR_RETURN(const Project project,
                     parse_project("config_version: 1\nproject: test\n" + settings, "coterie.yaml",
                                   folder_.path()));
    ASSIGN_OR_RETURN(const Snapshot snapshot, warehouse_.snapshot());
    return check_data(project, snapshot, engine_);
  }
  CheckReport report(const std::string& checks = "", const std::string& source = "from: x") {
    auto made = run("sources: {transactions: {" + source + "}}\n" +
                    (checks.empty() ? "" : "checks: {" + checks + "}\n"));
    EXPECT_TRUE(made.ok()) << made.error().to_text();
    return made ? *made : CheckReport();
  }
  static const Finding* find(const CheckReport& report, CheckKind kind, const std::string& table,
                             const std::string& column = "") {
    const auto found = std::ranges::find_if(report.findings, [&](const Finding& finding) {
      return finding.kind == kind && finding.table == table &&
             (column.empty() || finding.column == column);
    });
    return found == report.findings.end() ? nullptr : &*found;
  }

  // 200 transactions of two days a row apart, customers 0..9, articles 0..9.
  void put_sound_tables() {
    put("customers", "SELECT i::INTEGER AS customer_id FROM range(10) t(i)");
    put("items",
        "SELECT i::INTEGER AS article_id, 1.5::DECIMAL(18,2) AS price FROM range(10) t(i)");
    put_transactions("(i % 10)", "(i % 10)", "1.5", "1");
  }
  void put_transactions(const std::string& customer, const std::string& article,
                        const std::string& price, const std::string& quantity) {
    put("transactions",
        fmt::format("SELECT (TIMESTAMP '2024-01-01' + INTERVAL 1 DAY * i::INTEGER) AS t_dat, "
                    "{}::INTEGER AS customer_id, {}::INTEGER AS article_id, {}::DECIMAL(18,2) AS "
                    "price, {}::BIGINT AS quantity, (DATE '2024-01-01' + i::INTEGER) AS day FROM "
                    "range(200) t(i)",
                    customer, article, price, quantity));
  }

  TemporaryFolder folder_;
  Engine engine_;
  Warehouse warehouse_;
};

TEST_F(CheckTest, SoundTablesPassAndSmallOnesAreWarned) {
  put_sound_tables();
  const CheckReport made = report();
  EXPECT_TRUE(made.ok()) << made.to_text();
  EXPECT_EQ(made.warnings(), 3);  // customers, items, transactions are few
  const Finding* size = find(made, CheckKind::kMinimumSizes, "transactions");
  EXPECT_EQ(size->message, "200 of at least 100,000");
  EXPECT_TRUE(size->is_warning());
  EXPECT_TRUE(find(made, CheckKind::kDateCoverage, "transactions")->passed);
  EXPECT_THAT(made.off, ElementsAre("guests (no source keeps guests)"));
  EXPECT_TRUE(
      report("minimum_sizes: {level: error, customers: 10, items: 10, transactions: 200}").ok());
  EXPECT_FALSE(report("minimum_sizes: error").ok());
}

TEST_F(CheckTest, CustomersOfFactsCountWhereThereIsNoMasterTable) {
  put_transactions("(i % 7)", "(i % 10)", "1.5", "1");
  const CheckReport made = report();
  EXPECT_EQ(find(made, CheckKind::kMinimumSizes, "customers")->count, 7);
  EXPECT_EQ(find(made, CheckKind::kMinimumSizes, "items")->count, 10);
  EXPECT_THAT(made.off, testing::Contains("unknown_customers (there is no table 'customers')"));
}

TEST_F(CheckTest, ShortHistories) {
  put_sound_tables();
  const CheckReport made = report("date_coverage: {level: error, min_days: 201}");
  const Finding* coverage = find(made, CheckKind::kDateCoverage, "transactions");
  EXPECT_TRUE(coverage->is_error());
  EXPECT_EQ(coverage->message, "200 days, 2024-01-01 to 2024-07-18");
}

TEST_F(CheckTest, MissingValuesAreAllowedUpToAShare) {
  put_sound_tables();
  put_transactions("CASE WHEN i < 10 THEN NULL ELSE 1 END", "(i % 10)", "1.5", "1");
  EXPECT_TRUE(find(report(), CheckKind::kMissingValues, "transactions")->passed);
  put_transactions("CASE WHEN i < 11 THEN NULL ELSE 1 END", "(i % 10)", "1.5", "1");
  const CheckReport made = report();
  const Finding* missing = find(made, CheckKind::kMissingValues, "transactions", "customer_id");
  EXPECT_TRUE(missing->is_error());
  EXPECT_EQ(missing->message, "11 of 200 rows have no customer_id");
  EXPECT_EQ(missing->limit, "at most 5 %");
  EXPECT_DOUBLE_EQ(missing->share(), 0.055);
  EXPECT_TRUE(report("missing_values: {max_share: 0.1}").ok());
  EXPECT_TRUE(report("missing_values: {except: [transactions.customer_id]}").ok());
  EXPECT_TRUE(report("missing_values: warn").ok());
}

TEST_F(CheckTest, GuestsHaveACheckOfTheirOwn) {
  put_sound_tables();
  put_transactions("CASE WHEN i < 50 THEN NULL ELSE 1 END", "(i % 10)", "1.5", "1");
  const std::string keeps = "from: x, missing: {customer_id: keep}";
  const CheckReport made = report("", keeps);
  EXPECT_TRUE(made.ok());
  EXPECT_TRUE(find(made, CheckKind::kGuests, "transactions")->is_warning());
  EXPECT_EQ(find(made, CheckKind::kGuests, "transactions")->message,
            "50 of 200 rows are of guests");
  EXPECT_TRUE(
      find(report("guests: {max_share: 0.25}", keeps), CheckKind::kGuests, "transactions")->passed);
  // A guest is no unknown customer.
  EXPECT_TRUE(find(made, CheckKind::kUnknownCustomers, "transactions")->passed);
}

TEST_F(CheckTest, UnknownIdsAreShownAsTheSourceWritesThem) {
  put_sound_tables();
  put("items", "SELECT i::INTEGER AS article_id FROM range(8) t(i)");
  const CheckReport made = report();
  const Finding* unknown = find(made, CheckKind::kUnknownArticles, "transactions");
  EXPECT_TRUE(unknown->is_error());
  EXPECT_EQ(unknown->count, 40);
  EXPECT_THAT(unknown->examples, ElementsAre("a8", "a9"));
  EXPECT_THAT(made.to_text(),
              HasSubstr("ERROR unknown_articles transactions.article_id: the article_id of 40 "
                        "rows is not in 'items'\n  for example: a8, a9\n  mend: "
                        "complete 'items', leave such rows out with 'unknown_ids: reject'"));
  EXPECT_TRUE(report("unknown_articles: {max_share: 0.2}").ok());
}

TEST_F(CheckTest, DuplicateKeys) {
  put_sound_tables();
  put("orders",
      "SELECT 'o' || (i % 8) AS order_id, 1::INTEGER AS customer_id, TIMESTAMP '2024-01-01' AS "
      "created_at FROM range(10) t(i)");
  const CheckReport made = report();
  const Finding* duplicates = find(made, CheckKind::kDuplicateKeys, "orders");
  EXPECT_TRUE(duplicates->is_error());
  EXPECT_EQ(duplicates->count, 2);
  EXPECT_THAT(duplicates->examples, ElementsAre("o0", "o1"));
  EXPECT_TRUE(find(made, CheckKind::kDuplicateKeys, "customers")->passed);
}

TEST_F(CheckTest, NegativePricesOfReturnsAreNone) {
  put_sound_tables();
  put_transactions("1", "2", "CASE WHEN i < 4 THEN -1 ELSE 1 END",
                   "CASE WHEN i < 3 THEN -1 ELSE 1 END");
  const CheckReport made = report();
  const Finding* price = find(made, CheckKind::kNegativePrices, "transactions");
  EXPECT_TRUE(price->is_error());
  EXPECT_EQ(price->count, 1);
  EXPECT_THAT(price->examples, ElementsAre("a2: -1.00"));
  EXPECT_EQ(find(made, CheckKind::kReturns, "transactions")->count, 3);
  EXPECT_TRUE(find(report("returns: {max_share: 0.01}"), CheckKind::kReturns, "transactions")
                  ->is_warning());
}

TEST_F(CheckTest, FutureIsAfterTheDeclaredDay) {
  put_sound_tables();
  EXPECT_TRUE(find(report(), CheckKind::kFutureDates, "transactions")->passed);
  const auto made = run("sources: {transactions: {from: x}}\nas_of: 2024-07-16\n");
  ASSERT_TRUE(made.ok());
  const Finding* future = find(*made, CheckKind::kFutureDates, "transactions");
  EXPECT_EQ(future->count, 2);
  EXPECT_EQ(future->message, "2 rows are later than 2024-07-16");
  // Midnight of the 17th is still the 16th in New York.
  const auto west =
      run("sources: {transactions: {from: x}}\nas_of: 2024-07-16\n"
          "timezone: America/New_York\n");
  EXPECT_EQ(find(*west, CheckKind::kFutureDates, "transactions")->count, 1);
}

TEST_F(CheckTest, RelationshipsBetweenTables) {
  put_sound_tables();
  put("categories",
      "SELECT * FROM (VALUES ('root', NULL), ('child', 'root'), ('x', 'y'), ('y', 'x'), "
      "('below', 'x'), ('lost', 'nowhere')) t(category_id, parent_id)");
  put("promotions",
      "SELECT 'p1' AS promotion_id, 1::INTEGER AS article_id, DATE '2024-02-01' AS start_date, "
      "DATE '2024-01-01' AS end_date");
  put("reviews",
      "SELECT 'r1' AS review_id, 1::INTEGER AS article_id, 5::BIGINT AS helpful_votes, 4::BIGINT "
      "AS total_votes");
  put("orders",
      "SELECT 'o1' AS order_id, 1::INTEGER AS customer_id, TIMESTAMP '2024-01-01' AS created_at");
  put("order_items",
      "SELECT o AS order_id, 1::INTEGER AS article_id FROM (VALUES ('o1'), ('o2')) t(o)");
  const CheckReport made = report();
  const auto examples = [&](const std::string& table, const std::string& message) {
    for (const Finding& finding : made.findings) {
      if (finding.kind == CheckKind::kRelationships && finding.table == table &&
          finding.message.find(message) != std::string::npos) {
        return finding.examples;
      }
    }
    return std::vector<std::string>{"no finding"};
  };
  EXPECT_THAT(examples("categories", "circle"), ElementsAre("below", "x", "y"));
  EXPECT_THAT(examples("categories", "not in"), ElementsAre("nowhere"));
  EXPECT_THAT(examples("promotions", "end before"), ElementsAre("p1"));
  EXPECT_THAT(examples("reviews", "helpful"), ElementsAre("r1"));
  EXPECT_THAT(examples("order_items", "not in"), ElementsAre("o2"));
  EXPECT_EQ(made.errors(), 5);
}

TEST_F(CheckTest, RejectedRowsAreShown) {
  put_sound_tables();
  put("rejected_transactions",
      "SELECT 't.csv' AS file, 7::BIGINT AS line, 'price' AS column_name, 'not an amount of money' "
      "AS reason, 'x' AS raw FROM range(3)");
  const CheckReport made = report();
  const Finding* rejected = find(made, CheckKind::kRejectedRows, "transactions");
  EXPECT_TRUE(rejected->is_warning());
  EXPECT_EQ(rejected->total, 203);
  EXPECT_THAT(rejected->examples, ElementsAre("t.csv:7: price: not an amount of money"));
}

TEST_F(CheckTest, ChecksMayBeOff) {
  put_sound_tables();
  put("items", "SELECT 1::INTEGER AS article_id");
  const CheckReport made = report("unknown_articles: off, guests: 'off'");
  EXPECT_TRUE(made.ok());
  EXPECT_EQ(find(made, CheckKind::kUnknownArticles, "transactions"), nullptr);
  EXPECT_THAT(made.off, testing::Contains("unknown_articles (off in coterie.yaml)"));
}

TEST_F(CheckTest, AnEmptyWarehouseIsReportedNotRefused) {
  const CheckReport made = report();
  EXPECT_EQ(find(made, CheckKind::kMinimumSizes, "transactions")->count, 0);
  EXPECT_THAT(made.off, testing::Contains("date_coverage (no transactions and no events)"));
}

TEST_F(CheckTest, ConfigurationErrorsPointToTheirPlace) {
  const auto error = [&](const std::string& checks) {
    const auto made = run("sources: {transactions: {from: x}}\nchecks: {" + checks + "}\n");
    return made ? "no error" : made.error().to_text();
  };
  EXPECT_EQ(error("duplicate_kys: error"),
            "coterie.yaml:4:10: checks: unknown key 'duplicate_kys'\n"
            "  mend: did you mean 'duplicate_keys'?");
  EXPECT_EQ(error("guests: eror"),
            "coterie.yaml:4:18: checks.guests: 'eror' is none of error, warn, off\n"
            "  mend: did you mean 'error'?");
  EXPECT_THAT(error("guests: {max_shre: 1}"), HasSubstr("did you mean 'max_share'?"));
  EXPECT_THAT(error("guests: {max_share: 2}"), HasSubstr("checks.guests.max_share: must be"));
  EXPECT_THAT(error("date_coverage: {max_share: 0.1}"), HasSubstr("unknown key 'max_share'"));
  EXPECT_THAT(error("missing_values: {except: transactions.colour}"),
              HasSubstr("'transactions.colour' is not a column of a role"));
}

TEST_F(CheckTest, JsonHoldsEveryFindingAndTextTheCleanOnesInOneLine) {
  put_sound_tables();
  const CheckReport made = report();
  const auto json = made.to_json();
  EXPECT_EQ(json["findings"].size(), made.findings.size());
  EXPECT_EQ(json["ok"], true);
  EXPECT_EQ(json["warnings"], 3);
  EXPECT_EQ(json["findings"][0]["check"], "minimum_sizes");
  EXPECT_EQ(json["findings"][0]["limit"], "at least 10,000");
  EXPECT_THAT(made.to_text(), HasSubstr("ok       missing_values     3 places"));
  EXPECT_THAT(made.to_text(), HasSubstr("0 errors, 3 warnings\n"));
}

}  // namespace
}  // namespace coterie::data
