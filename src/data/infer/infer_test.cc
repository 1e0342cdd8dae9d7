#include "data/infer/infer.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

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

}  // namespace
}  // namespace coterie::data
