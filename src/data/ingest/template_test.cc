// The templates of public data, on the files as they are downloaded.
#include <cstdlib>

#include <gmock/gmock.h>

#include "data/ingest/ingest_test_internal.h"
#include "data/project/templates.h"

namespace coterie::data {
namespace {

using testing::ElementsAre;
using testing::Pair;

class TemplateTest : public IngestTest {
 protected:
  // The folder of the public data, or "" when it is not there.
  static std::string data_folder(const std::string& name) {
    const char* set = std::getenv("COTERIE_DATA");
    const std::string parent = set ? set : COTERIE_SOURCE_DIR "/../shared/data";
    const std::string folder = parent + "/" + name;
    return std::filesystem::is_directory(folder) ? folder : "";
  }

  Result<IngestReport> load_template(const std::string& name, const std::string& data) {
    ASSIGN_OR_RETURN(const std::string yaml,
                     instantiate_template(name, {.project = "test", .data = data}));
    return load_text(yaml);
  }
};

#define REQUIRE_DATA(variable, name)                                \
  const std::string variable = data_folder(name);                   \
  if (variable.empty())                                             \
  GTEST_SKIP() << "the public data '" << name << "' is not there: " \
               << "set COTERIE_DATA to its folder"

TEST_F(TemplateTest, OnlineRetailDeclaresWhatItsPeculiaritiesMean) {
  REQUIRE_DATA(data, "online-retail");
  const auto report = load_template("online-retail", data);
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  const RoleReport& lines = *report->find("transactions");
  EXPECT_EQ(lines.rows_read, 541'909);
  EXPECT_EQ(lines.rows_duplicate, 5'268);
  EXPECT_EQ(lines.rows_rejected, 0);
  EXPECT_THAT(lines.counted,
              ElementsAre(Pair("of guests", 135'080), Pair("with a negative quantity", 10'624),
                          Pair("returned (invoice C...)", 9'288)));
  int64_t dropped = 0;
  for (const auto& [name, count] : lines.dropped) dropped += count;
  EXPECT_EQ(lines.rows_loaded + lines.rows_duplicate + dropped, lines.rows_read);
  EXPECT_EQ(report->find("customers")->rows_loaded, 4'372);
  EXPECT_EQ(report->find("orders")->rows_loaded, 25'900);
  // 17850.0 became 17850, and the till's lower-case codes their article.
  EXPECT_THAT(rows("SELECT count(*), count(*) FILTER (customer_id LIKE '%.%') FROM customers"),
              ElementsAre("4372|0"));
  EXPECT_THAT(rows("SELECT product_name FROM items WHERE article_id = '85123A'"),
              ElementsAre("WHITE HANGING HEART T-LIGHT HOLDER"));
  EXPECT_THAT(rows("SELECT t_dat, day, customer_id, price, quantity FROM transactions "
                   "WHERE order_id = '536365' AND article_id = '85123A'"),
              ElementsAre("2010-12-01 08:26:00|2010-12-01|17850|2.55|6"));
  EXPECT_THAT(rows("SELECT count(*) FROM transactions WHERE article_id IN ('POST', 'M')"),
              ElementsAre("0"));
  // Exactly the sum of the file's prices that are loaded.
  EXPECT_THAT(rows("SELECT count(*) FROM (SELECT article_id FROM transactions EXCEPT "
                   "SELECT article_id FROM items)"),
              ElementsAre("0"));
  std::fputs(report->to_text().c_str(), stdout);
}

TEST_F(TemplateTest, OnlineRetailIsReadOnce) {
  REQUIRE_DATA(data, "online-retail");
  ASSERT_TRUE(load_template("online-retail", data).ok());
  const auto again = load_template("online-retail", data);
  ASSERT_TRUE(again.ok()) << again.error().to_text();
  EXPECT_FALSE(again->changed());
  EXPECT_EQ(again->find("transactions")->mode, LoadMode::kUnchanged);
}

TEST_F(TemplateTest, MovielensIsCompleteWithEventsAlone) {
  REQUIRE_DATA(data, "movielens-100k");
  const auto report = load_template("movielens", data);
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_EQ(report->find("events")->rows_loaded, 100'000);
  EXPECT_EQ(report->find("customers")->rows_loaded, 943);
  EXPECT_EQ(report->find("items")->rows_loaded, 1'682);
  EXPECT_THAT(report->find("events")->counted, ElementsAre(Pair("ratings of 4 and 5", 55'375)));
  EXPECT_THAT(rows("SELECT event_type, value, created_at FROM events WHERE customer_id = '196' "
                   "AND article_id = '242'"),
              ElementsAre("rate|3.0|1997-12-04 15:55:49"));
  EXPECT_THAT(rows("SELECT product_name, product_type_name, detail_desc FROM items "
                   "WHERE article_id = '1'"),
              ElementsAre("Toy Story (1995)|Animation|animation children comedy"));
  EXPECT_THAT(rows("SELECT product_name FROM items WHERE article_id = '543'"),
              ElementsAre("Misérables, Les (1995)"));
}

}  // namespace
}  // namespace coterie::data
