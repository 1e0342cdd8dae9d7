// Loads after the first: what is read again, what is kept, what gives way.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>

#include "base/sanitized.h"
#include "data/ingest/ingest_test_internal.h"

namespace coterie::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class IncrementsTest : public IngestTest {
 protected:
  const std::string facts_ = "sources: {transactions: {from: t/*.csv}}\n";
  const std::string masters_ = "sources: {customers: {from: c/*.csv}}\n";
  const std::string orders_ = "sources: {orders: {from: o/*.csv}}\n";

  void write_facts(const std::string& name, const std::vector<std::string>& facts) {
    std::string text = "t_dat,customer_id,article_id,price\n";
    for (const std::string& row : facts) text += row + "\n";
    write("t/" + name, text);
  }
  std::vector<std::string> fact_rows() {
    return rows("SELECT day, customer_id, article_id, price FROM transactions ORDER BY ALL");
  }
};

TEST_F(IncrementsTest, ReplaysDoNothingTwice) {
  write_facts("1.csv", {"2024-01-01,c,a,1"});
  EXPECT_EQ(load_role(facts_, "transactions").mode, LoadMode::kFull);
  const RoleReport again = load_role(facts_, "transactions");
  EXPECT_EQ(again.mode, LoadMode::kUnchanged);
  EXPECT_EQ(again.rows_in_table, 1);
  // Touched, but not changed.
  write_facts("1.csv", {"2024-01-01,c,a,1"});
  EXPECT_EQ(load_role(facts_, "transactions").mode, LoadMode::kUnchanged);
  EXPECT_EQ(load_role(facts_, "transactions", true).mode, LoadMode::kFull);
  EXPECT_THAT(fact_rows(), ElementsAre("2024-01-01|c|a|1.00"));
}

TEST_F(IncrementsTest, NewFilesAreAppended) {
  write_facts("1.csv", {"2024-01-01,c,a,1"});
  load_role(facts_, "transactions");
  write_facts("2.csv", {"2024-01-01,d,b,2", "2024-01-02,c,a,3"});
  const RoleReport report = load_role(facts_, "transactions");
  EXPECT_EQ(report.mode, LoadMode::kAppend);
  EXPECT_EQ(report.rows_read, 2);
  EXPECT_EQ(report.files_unchanged, 1);
  EXPECT_EQ(report.rows_in_table, 3);
  EXPECT_THAT(fact_rows(),
              ElementsAre("2024-01-01|c|a|1.00", "2024-01-01|d|b|2.00", "2024-01-02|c|a|3.00"));
}

TEST_F(IncrementsTest, AChangedFileHasItsDaysRewritten) {
  write_facts("1.csv", {"2024-01-01,c,a,1", "2024-01-02,c,a,2"});
  write_facts("2.csv", {"2024-01-02,d,a,3", "2024-01-09,d,a,4"});
  write_facts("3.csv", {"2024-02-01,e,a,5"});
  load_role(facts_, "transactions");
  // The fact of the 2nd moves to the 3rd and one is appended.
  write_facts("1.csv", {"2024-01-01,c,a,1", "2024-01-03,c,a,2", "2024-01-03,c,b,2.5"});
  const RoleReport report = load_role(facts_, "transactions");
  EXPECT_EQ(report.mode, LoadMode::kDays);
  EXPECT_EQ(report.rows_in_table, 6);
  EXPECT_THAT(fact_rows(),
              ElementsAre("2024-01-01|c|a|1.00", "2024-01-02|d|a|3.00", "2024-01-03|c|a|2.00",
                          "2024-01-03|c|b|2.50", "2024-01-09|d|a|4.00", "2024-02-01|e|a|5.00"));
}

TEST_F(IncrementsTest, RejectedRowsOfAChangedFileAreReplaced) {
  const std::string settings =
      "sources: {transactions: {from: t/*.csv, max_rejected_share: 0.9}}\n";
  write_facts("1.csv", {"2024-01-01,c,a,1", "2024-01-01,c,a,x"});
  write_facts("2.csv", {"2024-01-01,c,a,1", "2024-01-01,c,a,y"});
  load_role(settings, "transactions");
  write_facts("2.csv", {"2024-01-01,c,a,1", "2024-01-01,c,a,1", "2024-01-01,c,a,z"});
  load_role(settings, "transactions");
  EXPECT_THAT(rows("SELECT file, line, raw FROM rejected_transactions ORDER BY ALL"),
              ElementsAre("t/1.csv|3|x", "t/2.csv|4|z"));
  write_facts("3.csv", {"2024-01-01,c,a,1", "2024-01-01,c,a,w"});
  load_role(settings, "transactions");
  EXPECT_THAT(rows("SELECT file, raw FROM rejected_transactions ORDER BY ALL"),
              ElementsAre("t/1.csv|x", "t/2.csv|z", "t/3.csv|w"));
}

TEST_F(IncrementsTest, VanishedFiles) {
  write_facts("1.csv", {"2024-01-01,c,a,1"});
  write_facts("2.csv", {"2024-01-02,c,a,2"});
  load_role(facts_, "transactions");
  erase("t/1.csv");
  const RoleReport kept = load_role(facts_, "transactions");
  EXPECT_EQ(kept.mode, LoadMode::kUnchanged);
  EXPECT_THAT(kept.notes,
              ElementsAre("'t/1.csv', which was loaded before, is gone; its rows stay"));
  EXPECT_EQ(fact_rows().size(), 2u);
  // Its days cannot be rewritten without it.
  write_facts("2.csv", {"2024-01-01,c,a,3"});
  EXPECT_EQ(load_error(facts_),
            "table 'transactions': 't/1.csv', which was loaded before, is gone, and days that it "
            "fed must be rewritten because another file has changed\n"
            "  mend: put the file back, write 'vanished_files: remove' into the source, or load "
            "everything again with --force");
  const RoleReport forced = load_role(facts_, "transactions", true);
  EXPECT_THAT(forced.notes,
              ElementsAre("'t/1.csv', which was loaded before, is gone; its rows are removed"));
  EXPECT_THAT(fact_rows(), ElementsAre("2024-01-01|c|a|3.00"));
}

TEST_F(IncrementsTest, VanishedFilesMayBeRemoved) {
  const std::string settings = "sources: {transactions: {from: t/*.csv, vanished_files: remove}}\n";
  write_facts("1.csv", {"2024-01-01,c,a,1"});
  write_facts("2.csv", {"2024-01-02,c,a,2"});
  load_role(settings, "transactions");
  erase("t/1.csv");
  EXPECT_EQ(load_role(settings, "transactions").mode, LoadMode::kDays);
  EXPECT_THAT(fact_rows(), ElementsAre("2024-01-02|c|a|2.00"));
}

TEST_F(IncrementsTest, TheLatestRowOfAKeyWinsAcrossFilesAndLoads) {
  write("c/1.csv", "customer_id,age\nc1,1\nc2,2\nc1,3\n");
  RoleReport report = load_role(masters_, "customers");
  EXPECT_EQ(report.rows_duplicate, 1);
  EXPECT_THAT(rows("SELECT customer_id, age FROM customers ORDER BY 1"),
              ElementsAre("c1|3", "c2|2"));
  write("c/2.csv", "customer_id,age,country\nc2,20,SE\nc3,30,NO\n");
  report = load_role(masters_, "customers");
  EXPECT_EQ(report.mode, LoadMode::kUpsert);
  EXPECT_EQ(report.rows_in_table, 3);
  EXPECT_THAT(rows("SELECT customer_id, age, country FROM customers ORDER BY 1"),
              ElementsAre("c1|3|null", "c2|20|SE", "c3|30|NO"));
  // A file whose name sorts before others makes the table anew: the result is the same as if it
  // had been there from the start.
  write("c/0.csv", "customer_id,age\nc1,100\nc9,9\n");
  report = load_role(masters_, "customers");
  EXPECT_EQ(report.mode, LoadMode::kFull);
  EXPECT_THAT(rows("SELECT customer_id, age FROM customers ORDER BY 1"),
              ElementsAre("c1|3", "c2|20", "c3|30", "c9|9"));
}

TEST_F(IncrementsTest, KeyedFactsReplaceTheirDays) {
  write("o/1.csv",
        "order_id,customer_id,created_at,status\n"
        "o1,c,2024-01-01,placed\no2,c,2024-01-01,placed\no3,c,2024-01-20,placed\n");
  load_role(orders_, "orders");
  // o1 changes and moves to another day, o4 is new.
  write(
      "o/2.csv",
      "order_id,customer_id,created_at,status\no1,c,2024-01-05,shipped\no4,c,2024-01-20,placed\n");
  const RoleReport report = load_role(orders_, "orders");
  EXPECT_EQ(report.mode, LoadMode::kUpsert);
  EXPECT_EQ(report.rows_loaded, 2);
  EXPECT_EQ(report.rows_in_table, 4);
  EXPECT_THAT(rows("SELECT order_id, day, status FROM orders ORDER BY 1"),
              ElementsAre("o1|2024-01-05|shipped", "o2|2024-01-01|placed", "o3|2024-01-20|placed",
                          "o4|2024-01-20|placed"));
}

TEST_F(IncrementsTest, LatestByAColumnBeatsTheOrderOfFiles) {
  const std::string settings = "sources: {items: {from: i/*.csv, latest_by: last_updated}}\n";
  write("i/1.csv", "article_id,price,last_updated\na,1,2024-01-05\na,2,2024-01-01\nb,1,\n");
  load_role(settings, "items");
  EXPECT_THAT(rows("SELECT article_id, price FROM items ORDER BY 1"),
              ElementsAre("a|1.00", "b|1.00"));
  write("i/2.csv", "article_id,price,last_updated\na,3,2024-01-02\nb,2,2024-01-01\n");
  const RoleReport report = load_role(settings, "items");
  EXPECT_EQ(report.rows_duplicate, 1);
  EXPECT_THAT(rows("SELECT article_id, price FROM items ORDER BY 1"),
              ElementsAre("a|1.00", "b|2.00"));
}

TEST_F(IncrementsTest, AChangedConfigurationLoadsTheSourceWhole) {
  write_facts("1.csv", {"2024-01-01,c,a,1"});
  load_role(facts_, "transactions");
  const RoleReport report =
      load_role("sources: {transactions: {from: t/*.csv, where: price > '0'}}\n", "transactions");
  EXPECT_EQ(report.mode, LoadMode::kFull);
  EXPECT_EQ(load_role("timezone: Asia/Tokyo\n" + facts_, "transactions").mode, LoadMode::kFull);
  EXPECT_THAT(rows("SELECT t_dat FROM transactions"), ElementsAre("2024-01-01 14:59:59.999999"));
}

TEST_F(IncrementsTest, RolesWithoutASourceAreRemoved) {
  write_facts("1.csv", {"2024-01-01,c,a,1"});
  write("c/1.csv", "customer_id\nc\n");
  ASSERT_TRUE(load("sources: {transactions: {from: t/*.csv}, customers: {from: c/*.csv}}\n").ok());
  const RoleReport report = load_role(facts_, "customers");
  EXPECT_THAT(report.notes, ElementsAre("removed: coterie.yaml has no source for it any more"));
  EXPECT_THAT(rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'"),
              ElementsAre("transactions"));
}

TEST_F(IncrementsTest, WatermarksReadOnlyWhatIsBeyond) {
  const std::string settings =
      "sources: {transactions: {from: t.parquet, watermark: seen, time: day}}\n";
  const std::string columns = "AS day, 'c' AS customer_id, 'a' AS article_id";
  write_parquet("t.parquet", "SELECT DATE '2024-01-01' " + columns + ", 1 AS seen");
  EXPECT_EQ(load_role(settings, "transactions").mode, LoadMode::kFull);
  EXPECT_EQ(load_role(settings, "transactions").rows_loaded, 0);
  // The old row is gone from the source; the new one is appended.
  write_parquet("t.parquet", "SELECT DATE '2024-01-02' " + columns + ", 2 AS seen");
  const RoleReport report = load_role(settings, "transactions");
  EXPECT_EQ(report.mode, LoadMode::kAppend);
  EXPECT_EQ(report.rows_in_table, 2);
  EXPECT_THAT(rows("SELECT day FROM transactions ORDER BY 1"),
              ElementsAre("2024-01-01", "2024-01-02"));
  EXPECT_THAT(
      load_error("sources: {transactions: {from: t.parquet, watermark: customer_id, "
                 "time: day}}\n"),
      HasSubstr("column 'customer_id' is VARCHAR: its order is not that of growing values"));
}

TEST_F(IncrementsTest, SqlSourcesAreReadWhenTheirInputsChange) {
  const std::string settings =
      "sources:\n  raw: {role: none, from: t/*.csv}\n"
      "  customers: {sql: SELECT DISTINCT customer_id FROM raw}\n";
  write_facts("1.csv", {"2024-01-01,c,a,1"});
  EXPECT_EQ(load_role(settings, "customers").mode, LoadMode::kFull);
  EXPECT_EQ(load_role(settings, "customers").mode, LoadMode::kUnchanged);
  write_facts("2.csv", {"2024-01-01,d,a,1"});
  EXPECT_EQ(load_role(settings, "customers").rows_loaded, 2);
}

TEST_F(IncrementsTest, OutsideStateChangesWithFilesAndConfiguration) {
  write_facts("1.csv", {"2024-01-01,c,a,1"});
  const auto state = [&](const std::string& settings) {
    const auto project = parse_project("config_version: 1\nproject: test\n" + settings,
                                       "coterie.yaml", folder_.path());
    const auto text = outside_state(*project, engine_);
    EXPECT_TRUE(text.ok()) << text.error().to_text();
    return text ? *text : "";
  };
  const std::string before = state(facts_);
  EXPECT_EQ(state(facts_), before);
  EXPECT_NE(state("sources: {transactions: {from: t/*.csv, where: price > '0'}}\n"), before);
  write_facts("2.csv", {});
  EXPECT_NE(state(facts_), before);
}

TEST_F(IncrementsTest, AFailedLoadLeavesTheOldTables) {
  write_facts("1.csv", {"2024-01-01,c,a,1"});
  write("c/1.csv", "customer_id\nc\n");
  const std::string both = "sources: {transactions: {from: t/*.csv}, customers: {from: c/*.csv}}\n";
  ASSERT_TRUE(load(both).ok());
  write("c/2.csv", "customer_id\nd\n");
  write_facts("2.csv", {"2024-01-01,c,a,broken"});
  ASSERT_FALSE(load(both).ok());
  EXPECT_THAT(rows("SELECT customer_id FROM customers"), ElementsAre("c"));
  EXPECT_EQ(fact_rows().size(), 1u);
  write_facts("2.csv", {"2024-01-01,c,a,2"});
  ASSERT_TRUE(load(both).ok());
  EXPECT_EQ(fact_rows().size(), 2u);
}

// Whatever the order in which shuffled, doubled and faulty rows arrive, the tables are what a
// simple program makes of all files together.
class OracleTest : public IncrementsTest {
 protected:
  struct Order {
    std::string id, customer, status;
    int day;
    std::string to_csv() const {
      return fmt::format("{},{},2024-01-{:02},{}", id, customer, day, status);
    }
    std::string to_row() const {
      return fmt::format("{}|{}|2024-01-{:02}|{}", id, customer, day, status);
    }
  };

  Order random_order() {
    return {fmt::format("o{}", random_() % 60), fmt::format("c{}", random_() % 9),
            fmt::format("s{}", random_() % 1000), static_cast<int>(random_() % 28) + 1};
  }

  void write_orders(const std::string& name, const std::vector<Order>& orders) {
    std::string text = "order_id,customer_id,created_at,status\n";
    for (const Order& order : orders) {
      text += order.to_csv() + "\n";
      if (random_() % 8 == 0) text += "o1,c1,2024-99-99,bad\n";
    }
    write("o/" + name, text);
  }

  std::vector<std::string> expected() const {
    std::map<std::string, Order> by_key;
    for (const auto& [name, orders] : files_) {
      for (const Order& order : orders) by_key[order.id] = order;
    }
    std::vector<std::string> shown;
    for (const auto& [id, order] : by_key) shown.push_back(order.to_row());
    return shown;
  }

  std::vector<std::string> expected_all() const {
    std::vector<std::string> shown;
    for (const auto& [name, orders] : files_) {
      for (const Order& order : orders) shown.push_back(order.to_row());
    }
    std::ranges::sort(shown);
    return shown;
  }

  std::mt19937 random_;
  std::map<std::string, std::vector<Order>> files_;
};

TEST_F(OracleTest, TablesEqualTheOracleAfterEveryLoad) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  random_.seed(seed);
  // The same files as a keyed role and as one without key.
  const std::string settings =
      "sources:\n  orders: {from: o/*.csv, max_rejected_share: 0.9}\n"
      "  cart: {from: o/*.csv, max_rejected_share: 0.9, vanished_files: keep,\n"
      "         columns: {article_id: order_id, session_id: status}}\n";
  for (int round = 0; round < if_sanitized(5, 12); ++round) {
    for (size_t changes = 1 + random_() % 2; changes > 0; --changes) {
      const std::string name = fmt::format("{:02}.csv", random_() % 12);
      std::vector<Order> orders(random_() % 30);
      std::ranges::generate(orders, [&] { return random_order(); });
      std::ranges::shuffle(orders, random_);
      files_[name] = orders;
      write_orders(name, orders);
    }
    const auto report = load(settings);
    ASSERT_TRUE(report.ok()) << "round " << round << ": " << report.error().to_text();
    ASSERT_EQ(rows("SELECT order_id, customer_id, day, status FROM orders ORDER BY order_id"),
              expected())
        << "round " << round;
    auto all = rows("SELECT article_id, customer_id, day, session_id FROM cart");
    std::ranges::sort(all);
    ASSERT_EQ(all, expected_all()) << "round " << round;
    for (const RoleReport& role : report->roles) {
      ASSERT_EQ(rows("SELECT count(*) FROM " + role.role)[0], std::to_string(role.rows_in_table));
      if (role.mode == LoadMode::kUnchanged || role.mode == LoadMode::kDays) continue;
      ASSERT_EQ(role.rows_read, role.rows_loaded + role.rows_rejected + role.rows_duplicate);
    }
  }
}

}  // namespace
}  // namespace coterie::data
