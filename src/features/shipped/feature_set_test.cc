#include "features/shipped/feature_set.h"

#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_results.h"
#include "features/registry/registry.h"
#include "features/shipped/set_template_internal.h"

namespace coterie::features {
namespace {

using testing::HasSubstr;
using testing::Not;

// Every column that the sets know of.
ProjectTables whole_shop() {
  ProjectTables shop;
  shop.columns = {
      {"customers",
       {"customer_id", "age", "club_member_status", "fashion_news_frequency", "country",
        "signup_date"}},
      {"items", {"article_id", "product_group_name", "category_id", "created_at"}},
      {"transactions",
       {"customer_id", "article_id", "t_dat", "day", "price", "quantity", "sales_channel_id",
        "arrived_at"}},
      {"events",
       {"customer_id", "article_id", "event_type", "created_at", "session_id", "device", "value"}},
      {"sessions", {"customer_id", "session_id", "started_at", "ended_at", "device"}},
      {"cart", {"customer_id", "article_id", "created_at"}},
      {"wishlist", {"customer_id", "article_id", "created_at"}},
      {"reviews",
       {"review_id", "customer_id", "article_id", "rating", "review_text", "helpful_votes",
        "total_votes", "created_at"}},
      {"stock", {"article_id", "date", "stock"}},
      {"competitor_prices", {"article_id", "competitor", "date", "price"}},
      {"promotions", {"promotion_id", "article_id", "start_date", "end_date"}}};
  shop.event_kinds = {"view", "click", "cart", "buy"};
  shop.event_weights = {{"view", 0.05}, {"cart", 0.5}, {"it's", 1}, {"none", 0}};
  return shop;
}

Registry parsed(const std::string& text) {
  auto registry = Registry::parse({{"feature_registry.yaml", text}});
  if (!registry.ok()) ADD_FAILURE() << registry.error().to_text() << "\n" << text;
  return take(std::move(registry));
}

TEST(FeatureSet, AWholeShopLeavesNothingOut) {
  const std::string text = take(shipped_registry(whole_shop()));
  const Registry registry = parsed(text);
  EXPECT_THAT(text, Not(HasSubstr("left out")));
  EXPECT_THAT(text, Not(HasSubstr("#?")));
  EXPECT_THAT(text, Not(HasSubstr("[[")));
  EXPECT_GT(registry.features().size(), 90u);
  EXPECT_EQ(registry.services().size(), 3u);
  for (const FeatureDefinition& feature : registry.features()) {
    EXPECT_FALSE(feature.description.empty()) << feature.name;
    EXPECT_FALSE(feature.tags.empty()) << feature.name;
  }
  for (const Source& source : registry.sources()) EXPECT_FALSE(source.description.empty());
  const std::string_view indent = "                               ";
  EXPECT_THAT(text, HasSubstr(fmt::format("CASE e.event_type WHEN 'cart' THEN 0.5\n"
                                          "{0}WHEN 'it''s' THEN 1\n{0}WHEN 'view' THEN 0.05\n"
                                          "{0}ELSE 0 END::DOUBLE AS weight\n",
                                          indent)));
}

// Lines that a person is to read: no blanks at their ends, not too long, never two empty ones.
TEST(FeatureSet, IsWrittenForPeople) {
  for (const std::vector<std::string>& entities :
       {std::vector<std::string>{}, {"customer"}, {"article"}}) {
    const std::string text = take(shipped_registry(whole_shop(), entities));
    size_t begin = 0;
    while (begin < text.size()) {
      const size_t end = text.find('\n', begin);
      const std::string line = text.substr(begin, end - begin);
      EXPECT_LE(line.size(), 100u) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
      begin = end + 1;
    }
    EXPECT_THAT(text, Not(HasSubstr("\n\n\n")));
  }
}

TEST(FeatureSet, SaysWhyAFeatureIsLeftOut) {
  ProjectTables tables;
  tables.columns = {{"transactions", {"customer_id", "article_id", "t_dat", "day"}}};
  const std::string text = take(shipped_registry(tables));
  const Registry registry = parsed(text);
  EXPECT_THAT(text, HasSubstr("  # left out, because the project has no customers:\n"
                              "  #   age, club_member_status"));
  EXPECT_THAT(text, HasSubstr("  # left out, because table transactions has no column price:\n"
                              "  #   spend_7d, spend_30d, spend_90d, spend_365d"));
  EXPECT_THAT(text, HasSubstr("  # left out, because the project has no items:\n"));
  EXPECT_THAT(text, HasSubstr("  # left out, because the project has no wishlist:\n"));
  EXPECT_NE(registry.feature("purchases_30d"), nullptr);
  EXPECT_EQ(registry.feature("spend_30d"), nullptr);
  EXPECT_NE(registry.service("article_profile"), nullptr);
  EXPECT_EQ(registry.service("customer_behaviour"), nullptr);
}

// The same feature may be made in two ways: it is then not left out.
TEST(FeatureSet, AnotherWayIsNotLeftOut) {
  ProjectTables tables = whole_shop();
  tables.columns.erase("events");
  std::string text = take(shipped_registry(tables));
  EXPECT_THAT(text, HasSubstr("- {name: most_engaged_category, entity: customer, source: "
                              "category_purchases"));
  EXPECT_THAT(text, Not(HasSubstr("#   most_engaged_category")));
  tables.columns.erase("items");
  text = take(shipped_registry(tables));
  const size_t first = text.find("most_engaged_category");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("most_engaged_category", first + 1), std::string::npos);
}

// Kinds of events that a project does not have would be zeros everywhere.
TEST(FeatureSet, EventKindsThatAreThere) {
  ProjectTables tables = whole_shop();
  tables.event_kinds = {"view", "buy"};
  const std::string text = take(shipped_registry(tables));
  const Registry registry = parsed(text);
  EXPECT_NE(registry.feature("conversion_90d"), nullptr);
  EXPECT_EQ(registry.feature("cart_rate_90d"), nullptr);
  EXPECT_THAT(text, HasSubstr("  # left out, because there are no events of kind click:\n"
                              "  #   clicks_7d, clicks_30d, clicks_90d\n"));
}

TEST(FeatureSet, OneEntityAlone) {
  const Registry articles = parsed(take(shipped_registry(whole_shop(), {"article"})));
  EXPECT_EQ(articles.entity("customer"), nullptr);
  EXPECT_EQ(articles.source("baskets"), nullptr);
  EXPECT_EQ(articles.services().size(), 1u);
  const Registry customers = parsed(take(shipped_registry(whole_shop(), {"customer"})));
  EXPECT_EQ(customers.entity("article"), nullptr);
  EXPECT_EQ(customers.source("stock_levels"), nullptr);
  EXPECT_EQ(customers.services().size(), 2u);
}

TEST(FeatureSet, NothingToStartFrom) {
  ProjectTables tables;
  tables.columns = {{"holidays", {"date"}}};
  EXPECT_EQ(shipped_registry(tables).error().to_text(),
            "the project has no table that the shipped features are made of\n"
            "  mend: fill one of the roles transactions, events, customers, reviews, cart, "
            "wishlist, stock or items; or write feature_store/feature_registry.yaml yourself");
}

// Whatever a project lacks, the result is a registry whose services and sources are used.
TEST(FeatureSet, AnyTablesAndColumnsMakeARegistry) {
  constexpr uint32_t kSeed = 20261121;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (int round = 0; round < 300; ++round) {
    ProjectTables tables = whole_shop();
    std::bernoulli_distribution drop(std::uniform_real_distribution<>(0, 0.7)(random));
    for (auto& [table, columns] : tables.columns) {
      if (drop(random)) columns.clear();
      std::erase_if(columns, [&](const std::string& column) {
        const bool needed = column.ends_with("_id") || column == "t_dat" || column == "day" ||
                            column == "created_at" || column == "event_type";
        return !needed && drop(random);
      });
    }
    if (drop(random)) tables.event_weights.clear();
    std::erase_if(tables.event_kinds, [&](const auto&) { return drop(random); });
    const auto text = shipped_registry(tables);
    if (!text.ok()) continue;
    const Registry registry = parsed(*text);
    for (const Source& source : registry.sources()) {
      const bool used = std::ranges::any_of(
          registry.features(), [&](const auto& feature) { return feature.source == source.name; });
      EXPECT_TRUE(used) << source.name;
    }
  }
}

TEST(SetTemplate, FillsMarksInsideMarks) {
  ProjectTables tables;
  tables.columns = {{"t", {"a"}}};
  EXPECT_EQ(
      fill_block("x [[t: y[[t.b: 1 | 2]] | z]] [[w]]\n  [[t.b: gone]]\n", tables, {{"w", "7"}}),
      "x y2 7\n");
  EXPECT_EQ(word_behind("{name: spend_30d, source: purchases}", "source"), "purchases");
  EXPECT_EQ(word_behind("{resource: x}", "source"), "");
}

}  // namespace
}  // namespace coterie::features
