// The shipped features on the synthetic shop: written by `features init`, built, and compared with
// what plain SQL says of the same tables.

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shop.h"

namespace coterie::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// A finished shop with its shipped registry and one snapshot of each entity.
class ShippedFeatures : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new TemporaryFolder;
    shop = Shop::copy_finished(*folder / "shop");
    const Outcome init = coterie({"features", "init"}, shop);
    ASSERT_EQ(init.status, 0) << init.all();
    const Outcome build = coterie({"features", "build"}, shop);
    ASSERT_EQ(build.status, 0) << build.all();
  }
  static void TearDownTestSuite() { delete folder; }

  // Rows of the snapshot in which `column` is not what `expected`, a SELECT of the key and a value
  // at the moment :now, says; entities that it has no row of must be `without`.
  static void expect_same(const std::string& entity, const std::string& column,
                          const std::string& expected, const std::string& without) {
    const std::string table = entity == "customer" ? "customer_user_features" : "article_features";
    std::string naive = expected;
    for (size_t at = 0; (at = naive.find(":now", at)) != std::string::npos;) {
      naive.replace(at, 4, "(TIMESTAMP '2025-09-30 23:59:59.999999')");
    }
    const auto rows = coterie_json(
        {"sql",
         fmt::format("SELECT count(*) AS n, count(*) FILTER (WHERE s.{1} IS NOT NULL) AS set "
                     "FROM {0} s LEFT JOIN ({2}) e USING ({3}_id) WHERE "
                     "s.feature_date = DATE '2025-09-30'",
                     table, column, naive, entity)},
        shop);
    ASSERT_GT(rows[0]["n"].get<int64_t>(), 500) << rows.dump();
    EXPECT_GT(rows[0]["set"].get<int64_t>(), 50) << column << " is null nearly everywhere";
    const auto wrong = coterie_json(
        {"sql", fmt::format("SELECT s.{3}_id, s.{1}, e.v FROM {0} s LEFT JOIN ({2}) e USING "
                            "({3}_id) WHERE s.feature_date = DATE '2025-09-30' AND "
                            "CASE WHEN s.{1} IS NULL OR coalesce(e.v, {4}) IS NULL "
                            "THEN (s.{1} IS NULL) <> (coalesce(e.v, {4}) IS NULL) "
                            "ELSE abs(s.{1}::DOUBLE - coalesce(e.v, {4})::DOUBLE) > "
                            "1e-9 * (1 + abs(s.{1}::DOUBLE)) END LIMIT 5",
                            table, column, naive, entity, without)},
        shop);
    EXPECT_TRUE(wrong.empty()) << column << ": " << wrong.dump();
  }

  static TemporaryFolder* folder;
  static std::string shop;
};

TemporaryFolder* ShippedFeatures::folder = nullptr;
std::string ShippedFeatures::shop;

constexpr const char* kBought = "FROM transactions WHERE quantity > 0";

TEST_F(ShippedFeatures, OfCustomersAreWhatSqlSays) {
  const auto window = [](const char* value, int days) {
    return fmt::format(
        "SELECT customer_id, {} AS v {} AND t_dat > :now - INTERVAL {} DAY "
        "GROUP BY customer_id",
        value, kBought, days);
  };
  expect_same("customer", "purchases_30d", window("count(*)", 30), "0");
  expect_same("customer", "spend_90d", window("sum(price * quantity)", 90), "0");
  expect_same("customer", "different_articles_365d", window("count(DISTINCT article_id)", 365),
              "0");
  expect_same("customer", "recency_days",
              fmt::format("SELECT customer_id, DATE '2025-09-30' - max(day) AS v {} GROUP BY "
                          "customer_id",
                          kBought),
              "NULL");
  expect_same("customer", "monetary",
              "SELECT customer_id, sum(price * quantity) AS v FROM transactions GROUP BY "
              "customer_id",
              "0");
  expect_same("customer", "order_value_365d",
              fmt::format("SELECT customer_id, avg(a) AS v FROM (SELECT customer_id, t_dat, "
                          "sum(price * quantity)::DOUBLE AS a {} AND t_dat > :now - INTERVAL 365 "
                          "DAY GROUP BY customer_id, t_dat) GROUP BY customer_id",
                          kBought),
              "NULL");
  expect_same("customer", "conversion_90d",
              "SELECT customer_id, count(*) FILTER (WHERE event_type = 'buy') / nullif(count(*) "
              "FILTER (WHERE event_type = 'view'), 0) AS v FROM events WHERE created_at > :now - "
              "INTERVAL 90 DAY GROUP BY customer_id",
              "NULL");
}

// Nothing is known of a row before its time: prices of the past, carts of which the week is over.
TEST_F(ShippedFeatures, KnowNoMoreThanTheirMoment) {
  expect_same("customer", "price_sensitivity",
              fmt::format("SELECT customer_id, avg((price < full_price * 0.98)::INTEGER) AS v FROM "
                          "(SELECT t.customer_id, t.price, t.t_dat, (SELECT max(u.price) FROM "
                          "transactions u WHERE u.article_id = t.article_id AND u.t_dat <= t.t_dat "
                          "AND u.quantity > 0) AS full_price FROM (SELECT * {}) t) "
                          "WHERE t_dat > :now - INTERVAL 365 DAY GROUP BY customer_id",
                          kBought),
              "NULL");
  expect_same(
      "customer", "cart_abandonment_rate",
      "SELECT customer_id, avg((NOT EXISTS (SELECT 1 FROM transactions t WHERE "
      "t.customer_id = c.customer_id AND t.article_id = c.article_id AND t.quantity > 0 AND "
      "t.day BETWEEN c.day AND c.day + 7))::INTEGER) AS v FROM cart c WHERE c.day + 7 BETWEEN "
      "DATE '2025-09-30' - 89 AND DATE '2025-09-30' GROUP BY customer_id",
      "NULL");
}

TEST_F(ShippedFeatures, OfArticlesAreWhatSqlSays) {
  const auto window = [](const char* value, int days) {
    return fmt::format(
        "SELECT article_id, {} AS v {} AND t_dat > :now - INTERVAL {} DAY GROUP BY "
        "article_id",
        value, kBought, days);
  };
  expect_same("article", "units_sold_30d", window("sum(quantity)", 30), "0");
  expect_same("article", "revenue_90d", window("sum(price * quantity)", 90), "0");
  expect_same("article", "different_prices_90d", window("count(DISTINCT price)", 90), "0");
  expect_same("article", "sales_trend",
              fmt::format("SELECT article_id, (sum(quantity) FILTER (WHERE t_dat > :now - INTERVAL "
                          "30 DAY) IS NULL)::INTEGER AS none, (coalesce(sum(quantity) FILTER "
                          "(WHERE t_dat > :now - INTERVAL 30 DAY), 0) + 1) / (coalesce("
                          "sum(quantity) FILTER (WHERE t_dat <= :now - INTERVAL 30 DAY), 0) + 1) "
                          "AS v {} AND t_dat > :now - INTERVAL 60 DAY GROUP BY article_id",
                          kBought),
              "1");
  expect_same("article", "category_share_30d",
              fmt::format("SELECT article_id, sum(units) / sum(of_category) AS v FROM (SELECT "
                          "article_id, day, units, sum(units) OVER (PARTITION BY category_id, day) "
                          "AS of_category FROM (SELECT article_id, t.day, category_id, "
                          "sum(quantity) AS units FROM transactions t JOIN items USING "
                          "(article_id) WHERE quantity > 0 GROUP BY ALL)) WHERE day > DATE "
                          "'2025-09-30' - 30 GROUP BY article_id"),
              "NULL");
  expect_same("article", "last_stock",
              "SELECT article_id, arg_max(stock, date) AS v FROM stock GROUP BY article_id",
              "NULL");
}

TEST_F(ShippedFeatures, AreListedShownAndKept) {
  const auto features = coterie_json({"features", "list", "--entity", "article"}, shop);
  EXPECT_GT(features.size(), 30u);
  const Outcome shown = coterie({"features", "show", "rfm_score"}, shop);
  EXPECT_THAT(shown.out,
              AllOf(HasSubstr("rfm_score@1\n  the three buckets as digits, 111 to 555\n"),
                    HasSubstr("value        recency_bucket * 100 + frequency_bucket * 10 + "
                              "monetary_bucket\n"),
                    HasSubstr("made of      recency_bucket@1: recency_days, as percentile_bucket "
                              "5, descending\n"),
                    HasSubstr("from         role transactions, from "),
                    HasSubstr("services     customer_profile@1\n"),
                    HasSubstr("values       were made with this version\n")));
  EXPECT_EQ(coterie({"features", "diff"}, shop).out, "no differences\n");
  EXPECT_THAT(coterie({"features", "validate"}, shop).out, HasSubstr("valid: "));
  const Outcome unknown = coterie({"features", "show", "rmf_score"}, shop);
  EXPECT_EQ(unknown.err, "coterie: no feature 'rmf_score'\n  mend: did you mean 'rfm_score'?\n");
  EXPECT_EQ(unknown.status, 2);
}

// Values were made: what a new file computes otherwise gets another version.
TEST_F(ShippedFeatures, AreOtherVersionsWhereTheyMeanOtherThings) {
  const TemporaryFolder other;
  const std::string changed = other / "shop";
  std::filesystem::copy(shop, changed, std::filesystem::copy_options::recursive);
  const std::string config = read_text(changed + "/coterie.yaml");
  const size_t weight = config.find("view: 0.05");
  ASSERT_NE(weight, std::string::npos);
  write_text(changed + "/coterie.yaml", std::string(config).replace(weight, 10, "view: 0.07"));
  EXPECT_EQ(coterie({"features", "init", "--force"}, changed).status, 0);
  const Outcome valid = coterie({"features", "validate"}, changed);
  EXPECT_EQ(valid.status, 0) << valid.all();
  const std::string text = read_text(changed + "/feature_store/feature_registry.yaml");
  EXPECT_THAT(text, HasSubstr("- {name: most_engaged_category, version: 2, entity: customer,"));
  EXPECT_THAT(text, testing::Not(HasSubstr("version: 3")));
  EXPECT_EQ(coterie_json({"features", "diff"}, changed).size(), 1u);
}

// Each mistake of the files at once, to people and to programs.
TEST(FeaturesCommand, TellsAllMistakes) {
  const TemporaryFolder folder;
  const std::string shop = Shop::copy_fresh(folder / "shop");
  std::filesystem::create_directory(shop + "/feature_store");
  const std::string file = shop + "/feature_store/own.yaml";
  write_text(file,
             "registry_version: 1\nentities: [{name: shopper, join_keys: [customer_id]}]\n"
             "features:\n- {name: big, entity: shoper, model: cf}\n- {name: huge, entity: shopper, "
             "transformation: 2 * big}\n- {name: late, entity: shopper, model: cf, ttl: 3d}\n");
  const Outcome told = coterie({"features", "validate"}, shop);
  EXPECT_EQ(told.status, 2);
  EXPECT_EQ(told.err,
            fmt::format("coterie: {0}:4:23: features[0].entity: there is no entity 'shoper'\n"
                        "  mend: did you mean 'shopper'?\n"
                        "{0}:6:44: features[2]: 'ttl' means nothing to a feature of a model\n"
                        "  mend: remove it; the value is the entity's vector in the model\n",
                        file));
  EXPECT_EQ(coterie({"features", "list"}, shop).err, told.err);
  const Outcome json = coterie({"features", "validate", "--json"}, shop);
  EXPECT_EQ(json.status, 2);
  const auto document = nlohmann::json::parse(json.out);
  EXPECT_EQ(document["valid"], false);
  ASSERT_EQ(document["errors"].size(), 2u);
  EXPECT_EQ(document["errors"][1]["line"], 6);
  EXPECT_EQ(document["errors"][1]["mend"],
            "remove it; the value is the entity's vector in the model");
}

// A registry's file is the user's: nothing replaces it unasked, and a recorded version keeps its
// meaning.
TEST(FeaturesCommand, RefusesToForget) {
  const TemporaryFolder folder;
  const std::string shop = Shop::copy_fresh(folder / "shop");
  EXPECT_THAT(coterie({"features"}, shop).err,
              HasSubstr("mend: write a first one: coterie features "
                        "init"));
  std::filesystem::create_directory(shop + "/feature_store");
  write_text(
      shop + "/feature_store/own.yaml",
      "registry_version: 1\nentities: [{name: shopper, join_keys: [customer_id]}]\nsources: "
      "[{name: big, sql: SELECT * FROM transactions WHERE price > 9, timestamp_field: t_dat}]\n"
      "features: [{name: big_buys, entity: shopper, source: big, transformation: "
      "lifetime_count}]\n");
  EXPECT_THAT(coterie({"features", "validate"}, shop).out,
              HasSubstr("not held against data, because a table is not loaded: big_buys"));
  const auto first = coterie_json({"features", "init"}, shop);
  EXPECT_GT(first["features"].get<int>(), 50);
  const Outcome again = coterie({"features", "init"}, shop);
  EXPECT_NE(again.status, 0);
  EXPECT_EQ(again.err,
            fmt::format("coterie: {}: the file exists, and is yours\n  mend: replace it with "
                        "--force, or name another: coterie features init shipped_features.yaml\n",
                        first["file"].get<std::string>()));
  const Outcome beside = coterie({"features", "init", "more.yaml"}, shop);
  EXPECT_THAT(beside.err, AllOf(HasSubstr("entity 'customer' is defined already, at "),
                                HasSubstr("; nothing was written")));
  EXPECT_FALSE(std::filesystem::exists(shop + "/feature_store/more.yaml"));
  EXPECT_EQ(coterie({"features", "init", "--force"}, shop).status, 0);
  EXPECT_THAT(coterie({"features", "init", "../up.yaml"}, shop).err,
              HasSubstr("is not the name of a registry's file"));

  EXPECT_EQ(coterie({"features", "init", "x.yaml", "--entity", "custommer"}, shop).err,
            "coterie: no features of 'custommer' are shipped\n  mend: did you mean 'customer'?\n");

  const std::string path = shop + "/feature_store/feature_registry.yaml";
  std::string text = read_text(path);
  const std::string old_folder = folder / "before";
  std::filesystem::create_directory(old_folder);
  write_text(old_folder + "/features.yaml", text);
  const std::string window = "transformation: rolling_sum_30d, column: amount";
  text.replace(text.find(window), window.size(), "transformation: rolling_sum_31d, column: amount");
  write_text(path, text);
  EXPECT_THAT(coterie({"features", "diff", old_folder}, shop).out,
              AllOf(HasSubstr("feature  spend_30d  changed meaning  1        window was '30d', is "
                              "'31d'\n"),
                    testing::Not(HasSubstr("spend_90d"))));
}

}  // namespace
}  // namespace coterie::tests
