#include "data/infer/infer.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/infer/column_names.h"
#include "data/project/project.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;

class Infer : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "infer-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    EngineOptions options;
    options.temporary_folder = (folder_ / "spill").string();
    auto engine = Engine::open(options);
    ASSERT_TRUE(engine.ok()) << engine.error().to_text();
    engine_ = std::make_unique<Engine>(*std::move(engine));
    auto connection = engine_->connect();
    ASSERT_TRUE(connection.ok());
    connection_ = std::make_unique<Connection>(*std::move(connection));
  }
  void TearDown() override {
    connection_.reset();
    engine_.reset();
    fs::remove_all(folder_);
  }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / "data" / name).parent_path());
    std::ofstream(folder_ / "data" / name, std::ios::binary) << text;
  }
  Result<Inference> infer() { return infer_project(*connection_, (folder_ / "data").string()); }

  static const RoleGuess* role(const Inference& inference, const std::string& name) {
    const auto found = std::ranges::find(inference.roles, name, &RoleGuess::role);
    return found == inference.roles.end() ? nullptr : &*found;
  }

  fs::path folder_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Connection> connection_;
};

std::string source_of(const RoleGuess* guess, std::string_view column) {
  const ColumnGuess* found = guess == nullptr ? nullptr : guess->find(column);
  return found == nullptr ? "" : found->source_column;
}

std::string many_sales(int rows) {
  std::string text = "SaleDate,UserID,SKU,UnitPrice,Qty\n";
  for (int i = 0; i < rows; ++i) {
    text += "2024-0" + std::to_string(1 + i % 9) + "-11," + std::to_string(i % 7) + ",0" +
            std::to_string(100 + i % 5) + "," + std::to_string(i % 13) + ".50,1\n";
  }
  return text;
}

TEST(ColumnNames, AreNormalised) {
  EXPECT_EQ(normal_name("InvoiceDate"), "invoice_date");
  EXPECT_EQ(normal_name("Clothing ID"), "clothing_id");
  EXPECT_EQ(normal_name("customerID"), "customer_id");
  EXPECT_EQ(normal_name("  t-dat__"), "t_dat");
}

TEST(ColumnNames, FitByNameSynonymAndWords) {
  EXPECT_EQ(name_fit("customer_id", "transactions", "customer_id"), 1.0);
  EXPECT_EQ(name_fit("StockCode", "transactions", "article_id"), 0.9);
  EXPECT_EQ(name_fit("id", "customers", "customer_id"), 0.7);
  EXPECT_EQ(name_fit("net_unit_price_eur", "transactions", "price"), 0.6);
  EXPECT_EQ(name_fit("colour", "transactions", "price"), 0.0);
}

TEST_F(Infer, FindsASmallShop) {
  write("sales.csv", many_sales(300));
  write("users.csv",
        "UserID,FirstName,Mail,JoinDate\n0,Ann,a@x,2020-01-01\n1,Bo,b@x,2020-02-01\n"
        "2,Cy,c@x,2021-01-01\n3,Di,d@x,2022-01-01\n");
  write("products.csv", "SKU,Title,Brand,ListPrice\n0100,Socks,Foo,2.50\n0101,Shirt,Bar,9.90\n");
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  const RoleGuess* sales = role(*inference, "transactions");
  ASSERT_NE(sales, nullptr) << inference_report(*inference);
  EXPECT_EQ(source_of(sales, "t_dat"), "SaleDate");
  EXPECT_EQ(source_of(sales, "customer_id"), "UserID");
  EXPECT_EQ(source_of(sales, "article_id"), "SKU");
  EXPECT_EQ(source_of(sales, "price"), "UnitPrice");
  EXPECT_EQ(source_of(sales, "quantity"), "Qty");
  EXPECT_EQ(source_of(role(*inference, "customers"), "email"), "Mail");
  EXPECT_EQ(source_of(role(*inference, "items"), "product_name"), "Title");
  EXPECT_THAT(inference->joins.at(0), testing::HasSubstr("transactions.customer_id -> customers"));
}

TEST_F(Infer, WritesAConfigurationThatParses) {
  write("sales.csv", many_sales(50));
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  const std::string text = inferred_config(*inference, "my shop");
  const auto project = parse_project(inferred_config(*inference, "shop"), "coterie.yaml", folder_);
  ASSERT_TRUE(project.ok()) << project.error().to_text() << "\n" << text;
  EXPECT_NE(project->find_source("transactions"), nullptr);
}

TEST_F(Infer, SurvivesHostileNamesAndValues) {
  write("sales\" # x.csv",
        "date,\"user_id\n# y: [\",item_id,\"price\"\n2024-01-01,\"\"\"a: {\",'b',3\n"
        "2024-01-02,c,d,4\n");
  const auto inference = infer();
  if (!inference.ok()) {
    EXPECT_EQ(inference.error().code, ErrorCode::kInvalidInput);
    return;
  }
  const auto project = parse_project(inferred_config(*inference, "shop"), "coterie.yaml", folder_);
  EXPECT_TRUE(project.ok()) << project.error().to_text();
}

TEST_F(Infer, TakesPairsOfUserAndItemAsViews) {
  write("clicks.tsv",
        "user_id\titem_id\ttimestamp\n1\t2\t1465413032\n1\t3\t1465413033\n"
        "2\t2\t1465413039\n");
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  const RoleGuess* events = role(*inference, "events");
  ASSERT_NE(events, nullptr) << inference_report(*inference);
  EXPECT_EQ(source_of(events, "event_type"), "= 'view'");
  EXPECT_EQ(events->time_format, "unix_s");
}

TEST_F(Infer, GroupsNumberedFiles) {
  write("sales/part-1.csv", many_sales(20));
  write("sales/part-2.csv", many_sales(20));
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  ASSERT_EQ(inference->tables.size(), 1U);
  EXPECT_EQ(inference->tables[0].location, (folder_ / "data/sales/part-*.csv").string());
  EXPECT_EQ(inference->tables[0].name, "sales");
}

TEST_F(Infer, SaysWhatAnAmbiguousDateNeeds) {
  write("sales.csv",
        "order_date,customer_id,product_id,price\n03/04/2024 10:00,1,2,3\n"
        "05/06/2024 11:00,2,3,4\n");
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  EXPECT_THAT(inference_report(*inference), testing::HasSubstr("could be day-month or month-day"));
}

TEST_F(Infer, RefusesFoldersWithoutTables) {
  const auto missing = infer();
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().to_text(), testing::HasSubstr("does not exist"));
  write("readme.md", "nothing");
  const auto empty = infer();
  ASSERT_FALSE(empty.ok());
  EXPECT_THAT(empty.error().to_text(), testing::HasSubstr("no table under"));
}

TEST_F(Infer, ListsWhatItSawWhenNothingFits) {
  write("weather.csv", "city,degrees\nOslo,3\nRome,20\n");
  const auto inference = infer();
  ASSERT_FALSE(inference.ok());
  EXPECT_THAT(inference.error().to_text(), testing::HasSubstr("city, degrees"));
}

TEST_F(Infer, NamesTheColumnThatIsMissing) {
  write("pairs.csv", "user_id,item_id\n1,2\n1,3\n");
  const auto inference = infer();
  ASSERT_FALSE(inference.ok());
  EXPECT_THAT(inference.error().to_text(),
              testing::HasSubstr("could be transactions if it had t_dat"));
}

std::string public_data() {
  const char* named = std::getenv("COTERIE_DATA");
  return named != nullptr ? named : COTERIE_SOURCE_DIR "/../shared/data";
}

TEST_F(Infer, RecognisesOnlineRetail) {
  const std::string data = public_data() + "/online-retail";
  if (!fs::exists(data)) GTEST_SKIP() << "public data is absent: " << data;
  const auto inference = infer_project(*connection_, data);
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  const RoleGuess* sales = role(*inference, "transactions");
  ASSERT_NE(sales, nullptr) << inference_report(*inference);
  EXPECT_EQ(source_of(sales, "t_dat"), "InvoiceDate");
  EXPECT_EQ(source_of(sales, "article_id"), "StockCode");
  EXPECT_EQ(source_of(sales, "order_id"), "InvoiceNo");
  EXPECT_THAT(sales->integer_text, testing::Contains("customer_id"));
  EXPECT_EQ(source_of(role(*inference, "items"), "product_name"), "Description");
  EXPECT_EQ(source_of(role(*inference, "customers"), "country"), "Country");
}

TEST_F(Infer, RecognisesDeskdropEvents) {
  const std::string data = public_data() + "/deskdrop";
  if (!fs::exists(data)) GTEST_SKIP() << "public data is absent: " << data;
  const auto inference = infer_project(*connection_, data);
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  const RoleGuess* events = role(*inference, "events");
  ASSERT_NE(events, nullptr) << inference_report(*inference);
  EXPECT_EQ(source_of(events, "customer_id"), "personId");
  EXPECT_EQ(source_of(events, "article_id"), "contentId");
  EXPECT_EQ(source_of(events, "event_type"), "eventType");
  EXPECT_EQ(events->time_format, "unix_s");
}

TEST_F(Infer, RecognisesReviewsWithARowNumber) {
  const std::string data = public_data() + "/womens-clothing-reviews";
  if (!fs::exists(data)) GTEST_SKIP() << "public data is absent: " << data;
  const auto inference = infer_project(*connection_, data);
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  const RoleGuess* reviews = role(*inference, "reviews");
  ASSERT_NE(reviews, nullptr) << inference_report(*inference);
  EXPECT_EQ(source_of(reviews, "article_id"), "Clothing ID");
  EXPECT_EQ(source_of(reviews, "rating"), "Rating");
  EXPECT_EQ(source_of(reviews, "review_text"), "Review Text");
}

TEST_F(Infer, SaysWhatTelcoCustomersLack) {
  const std::string data = public_data() + "/telco-churn";
  if (!fs::exists(data)) GTEST_SKIP() << "public data is absent: " << data;
  const auto inference = infer_project(*connection_, data);
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  EXPECT_NE(role(*inference, "customers"), nullptr);
  EXPECT_THAT(inference_report(*inference),
              testing::HasSubstr("no   recommendations (collaborative filtering): needs"));
}

TEST_F(Infer, AColumnWithoutNameIsCalledAsIngestCallsIt) {
  std::string text = ",user_id,item_id,timestamp,event_type\n";
  for (int i = 0; i < 200; ++i) {
    text += std::to_string(i) + "," + std::to_string(i % 9) + ",A" + std::to_string(i % 7) + "," +
            std::to_string(1'465'413'032 + i) + ",view\n";
  }
  write("events.csv", text);
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  EXPECT_EQ(inference->tables[0].columns[0].name, "c1");
  const std::string config = inferred_config(*inference, "x");
  EXPECT_THAT(config, testing::HasSubstr("time_format: unix_s"));
}

std::string ratings(int rows, const std::string& separator) {
  std::string text;
  for (int i = 0; i < rows; ++i) {
    text += fmt::format("{1}{0}{2}{0}{3}{0}{4}\n", separator, 1 + i % 40, 100 + i * 7 % 90,
                        1 + i % 5, 880'000'000 + i * 997);
  }
  return text;
}

TEST_F(Infer, AFileWithoutAHeaderIsToldByItsValues) {
  for (const char* separator : {"\t", "::", ","}) {
    write("ratings.dat", ratings(400, separator));
    const auto inference = infer();
    ASSERT_TRUE(inference.ok()) << inference.error().to_text();
    const RoleGuess* events = role(*inference, "events");
    ASSERT_NE(events, nullptr) << separator << inference_report(*inference);
    EXPECT_EQ(source_of(events, "customer_id"), "user_id");
    EXPECT_EQ(source_of(events, "article_id"), "item_id");
    EXPECT_EQ(source_of(events, "value"), "rating");
    EXPECT_EQ(source_of(events, "created_at"), "created_at");
    EXPECT_EQ(events->time_format, "unix_s");
    const std::string text = inferred_config(*inference, "films");
    EXPECT_THAT(text, testing::HasSubstr("the name 'ratings' and its columns fit"));
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("date_coverage")));
    EXPECT_THAT(text,
                testing::AllOf(testing::HasSubstr("header: false"),
                               testing::HasSubstr("names: [user_id, item_id, rating, created_at]"),
                               testing::HasSubstr("no header; by its place and values"),
                               testing::HasSubstr("    rating: 0.6  # 400 of the sampled rows")));
    const auto project = parse_project(text, "coterie.yaml", folder_);
    ASSERT_TRUE(project.ok()) << project.error().to_text() << "\n" << text;
    EXPECT_EQ(project->event_weights.at("rating"), 0.6);
  }
}

TEST_F(Infer, PairsWithoutATimeAreEventsOfOneMoment) {
  std::string pairs;
  for (int i = 0; i < 300; ++i) pairs += fmt::format("{}\t{}\n", i / 10, i * 13 % 70);
  write("train.tsv", pairs);
  write("test.tsv", pairs);
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  const RoleGuess* events = role(*inference, "events");
  ASSERT_NE(events, nullptr);
  EXPECT_EQ(inference->tables[events->table].name, "train");
  EXPECT_EQ(source_of(events, "created_at"), "= timestamp '2000-01-01 00:00:00'");
  EXPECT_THAT(inference_report(*inference),
              testing::HasSubstr("yes  dataset B: articles: from events"));
  const std::string config = inferred_config(*inference, "pairs");
  EXPECT_THAT(config, testing::HasSubstr(
                          "test.tsv; it fits events as well, whose rows come from elsewhere"));
  EXPECT_THAT(config, testing::HasSubstr("  date_coverage: off  # no column says when\n"));
}

TEST_F(Infer, MasterFilesWithoutAHeaderAreToldByTheirNames) {
  write("u.data", ratings(400, "\t"));
  std::string films, users;
  for (int i = 0; i < 90; ++i) films += fmt::format("{}|Film {} (19{:02})|x\n", 100 + i, i, i);
  for (int i = 1; i <= 40; ++i) users += fmt::format("{}|{}|F|writer\n", i, 20 + i % 9);
  write("u.item", films);
  write("u.user", users);
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  EXPECT_EQ(source_of(role(*inference, "items"), "article_id"), "item_id");
  EXPECT_EQ(source_of(role(*inference, "items"), "product_name"), "title");
  EXPECT_EQ(source_of(role(*inference, "customers"), "customer_id"), "user_id");
  EXPECT_THAT(inference->joins, testing::ElementsAre(testing::HasSubstr("100.0 % of sampled"),
                                                     testing::HasSubstr("100.0 % of sampled")));
}

TEST_F(Infer, AHeaderAboveTextsIsAHeader) {
  write("customers.csv", "customer_id,first_name,last_name\nanna,Anna,Ek\nbo,Bo,Al\ncy,Cy,Dahl\n");
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  EXPECT_TRUE(inference->tables[0].header);
  EXPECT_EQ(source_of(role(*inference, "customers"), "first_name"), "first_name");
}

TEST_F(Infer, WhatChangesFromRowToRowDescribesNoArticle) {
  std::string text = "Clothing ID,Title,Review Text,Rating,Class Name,propensity_score\n";
  for (int i = 0; i < 300; ++i) {
    text += fmt::format("{0},Title {1},Words {1},{2},Class {0},0.{1}\n", i % 20, i, 1 + i % 5);
  }
  write(
      "reviews.csv", "id," + text.substr(0, text.find('\n')) + "\n" + [&] {
        std::string rows;
        int line = 0;
        for (size_t at = text.find('\n') + 1; at < text.size(); at = text.find('\n', at) + 1) {
          rows += fmt::format("{},{}\n", ++line, text.substr(at, text.find('\n', at) - at));
        }
        return rows;
      }());
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  EXPECT_EQ(source_of(role(*inference, "items"), "product_type_name"), "Class Name");
  EXPECT_EQ(source_of(role(*inference, "items"), "product_name"), "");
  EXPECT_EQ(source_of(role(*inference, "reviews"), "rating"), "Rating");
}

TEST_F(Infer, AScoreIsNoRating) {
  EXPECT_EQ(name_fit("propensity_score", "reviews", "rating"), 0.0);
  EXPECT_EQ(name_fit("score", "reviews", "rating"), 0.7);
  EXPECT_EQ(name_fit("review_score", "reviews", "rating"), 0.9);
}

TEST_F(Infer, GuestsStayInTransactionsAndOutOfCustomers) {
  std::string text = "InvoiceNo,StockCode,Country,Quantity,InvoiceDate,UnitPrice,CustomerID\n";
  for (int i = 0; i < 200; ++i) {
    text += fmt::format("{},{},Country {},1,2024-01-{:02},2.5,{}\n", i, i % 9, i % 5, 1 + i % 28,
                        i % 4 == 0 ? "" : std::to_string(i % 5));
  }
  write("sales.csv", text);
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  EXPECT_THAT(role(*inference, "transactions")->keep_missing, testing::ElementsAre("customer_id"));
  EXPECT_THAT(role(*inference, "customers")->drop_missing, testing::ElementsAre("customer_id"));
  const auto project = parse_project(inferred_config(*inference, "x"), "coterie.yaml", folder_);
  ASSERT_TRUE(project.ok()) << project.error().to_text();
  EXPECT_EQ(project->find_source("transactions")->missing.at("customer_id"), MissingRule::kKeep);
}

TEST_F(Infer, EventKindsAreWeighedByTheirWords) {
  EXPECT_EQ(weigh_event_kind("COMMENT CREATED", 1).weight, 0.6);
  EXPECT_EQ(weigh_event_kind("addToCart", 1).weight, 0.5);
  EXPECT_EQ(weigh_event_kind("remove_from_cart", 1).weight, 0.0);
  EXPECT_EQ(weigh_event_kind("Purchase", 1).weight, 1.0);
  EXPECT_FALSE(weigh_event_kind("frobnicate", 1).known);
  std::string text = "user_id,item_id,event_type,timestamp\n";
  for (int i = 0; i < 300; ++i) {
    text += fmt::format("{},{},{},2024-01-{:02}\n", i % 20, i % 30,
                        i % 3 == 0 ? "BOOKMARK" : "Poke", 1 + i % 28);
  }
  write("events.csv", text);
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  EXPECT_THAT(inferred_config(*inference, "x"),
              testing::AllOf(testing::HasSubstr("    poke: 0.1  # 200 of the sampled rows; a kind "
                                                "unknown here: say what it means"),
                             testing::HasSubstr("    bookmark: 0.5  # 100 of the sampled rows\n")));
}

TEST_F(Infer, LongListsOfColumnsAreCut) {
  std::string header = "V1", row = "1";
  for (int i = 2; i <= 500; ++i) {
    header += fmt::format(",V{}", i);
    row += ",1";
  }
  write("weekly.csv", header + "\n" + row + "\n" + row + "\n");
  const auto inference = infer();
  ASSERT_FALSE(inference.ok());
  EXPECT_THAT(inference.error().to_text(), testing::HasSubstr("V20 and 480 more"));
}

TEST_F(Infer, DecimalCommasAreNumbers) {
  std::string text = "sale_date;customer_id;article_id;price;quantity;rating\n";
  for (int i = 0; i < 100; ++i) {
    text += fmt::format("{:02}.01.2024;k{};a{};{},50;1;x\n", 1 + i % 28, i % 9, i % 7, i % 30);
  }
  write("sales.csv", text);
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  EXPECT_EQ(source_of(role(*inference, "transactions"), "price"), "price");
  const auto project = parse_project(inferred_config(*inference, "x"), "coterie.yaml", folder_);
  ASSERT_TRUE(project.ok()) << project.error().to_text();
  EXPECT_EQ(project->find_source("transactions")->decimal, ",");
}

TEST_F(Infer, AColumnOfTheRolesNameButNotOfItsTypeIsLeftOut) {
  std::string text = "t_dat,customer_id,article_id,price,quantity\n";
  for (int i = 0; i < 100; ++i) text += fmt::format("2024-01-01,{},{},2.5,some\n", i % 9, i % 7);
  write("transactions.csv", text);
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  const auto project = parse_project(inferred_config(*inference, "x"), "coterie.yaml", folder_);
  ASSERT_TRUE(project.ok()) << project.error().to_text();
  EXPECT_EQ(project->find_source("transactions")->columns.at("quantity"), "");
}

TEST_F(Infer, NestedKeysOfJsonAreColumns) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text +=
        fmt::format(R"({{"ts":"2024-01-{:02}","user":{{"id":"u{}"}},"item_id":{},"event":"view"}})"
                    "\n",
                    1 + i % 28, i % 9, i % 7);
  }
  write("events.jsonl", text);
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  EXPECT_EQ(source_of(role(*inference, "events"), "customer_id"), "user.id");
}

TEST_F(Infer, HiddenFoldersAreNotLookedInto) {
  write(".git/sales.csv", many_sales(50));
  write("2024/sales.csv", many_sales(50));
  const auto inference = infer();
  ASSERT_TRUE(inference.ok()) << inference.error().to_text();
  ASSERT_EQ(inference->tables.size(), 1U);
  EXPECT_THAT(inference->tables[0].location, testing::HasSubstr("2024/sales.csv"));
}

TEST_F(Infer, FilesThatAreNoTablesAreNamedWithTheReason) {
  write("empty.csv", "");
  write("sales.parquet", "PAR1 and nonsense");
  const auto inference = infer();
  ASSERT_FALSE(inference.ok());
  EXPECT_THAT(inference.error().to_text(),
              testing::AllOf(testing::HasSubstr("can be read as a table"),
                             testing::HasSubstr("empty.csv: it is empty"),
                             testing::HasSubstr("sales.parquet: ")));
}

TEST_F(Infer, AHeaderWithoutRowsIsSaid) {
  write("transactions.csv", "t_dat,customer_id,article_id,price\n");
  const auto inference = infer();
  ASSERT_FALSE(inference.ok());
  EXPECT_THAT(inference.error().to_text(),
              testing::HasSubstr("t_dat, customer_id, article_id, price; it has no rows"));
}

}  // namespace
}  // namespace coterie::data
