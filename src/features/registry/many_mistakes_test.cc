// Several mistakes in one registry: each is told, none that only follows from another.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/registry/mistakes_internal.h"

namespace coterie::features {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

using Files = std::vector<std::pair<std::string, std::string>>;

// Each mistake without its mend.
std::vector<std::string> mistakes_of(const Files& files) {
  std::vector<Error> mistakes;
  const auto registry = Registry::parse(files, &mistakes);
  EXPECT_EQ(registry.ok(), mistakes.empty());
  std::vector<std::string> texts;
  for (const Error& mistake : mistakes) {
    EXPECT_EQ(mistake.code, ErrorCode::kInvalidInput);
    EXPECT_FALSE(mistake.mend.empty()) << mistake.message;
    const std::string text = mistake.to_text();
    texts.push_back(text.substr(0, text.find('\n')));
  }
  return texts;
}

std::vector<std::string> mistakes_of(const std::string& features) {
  return mistakes_of(Files{{"shop.yaml", kBeforeFeatures + features}});
}

TEST(ManyMistakes, AreToldAtOnceInTheirOrder) {
  const std::string text =
      "registry_version: 1\n"
      "entities:\n"
      "- {name: customer}\n"
      "- {name: article, join_keys: [article_id]}\n"
      "sources:\n"
      "- {name: people, table: customers}\n"
      "- {name: sales, table: transactions}\n"
      "features:\n"
      "- {name: age, entity: customer, source: people, column: age}\n"
      "- {name: sold, entity: article, source: sale, transformation: lifetime_count}\n"
      "- {name: price, entity: article, source: sales, column: price, ttl: 90}\n"
      "- {name: sold_twice, transformation: 2 * sold}\n"
      "- {name: adult, type: boolean, transformation: age >= 18}\n"
      "- {name: buyers, entity: artcle, source: sales, transformation: lifetime_count}\n"
      "feature_services:\n"
      "- {name: shop, features: [age, sold, sold_twice, bought, price]}\n"
      "- {name: empty, features: []}\n";
  std::vector<Error> mistakes;
  const auto registry = Registry::parse({{"shop.yaml", text}}, &mistakes);
  ASSERT_FALSE(registry.ok());
  EXPECT_EQ(
      registry.error().to_text(),
      "shop.yaml:3:3: entities[0]: entity 'customer' has no join keys\n"
      "  mend: name the columns that tell it apart: join_keys: [customer_id]\n"
      "shop.yaml:6:25: sources[0].table: table 'customers' has no time of its own\n"
      "  mend: name the column that says when a row happened: timestamp_field: created_at; or "
      "write static: true if its rows count at any time\n"
      "shop.yaml:10:41: features[1].source: there is no source 'sale'\n"
      "  mend: did you mean 'sales'?\n"
      "shop.yaml:11:69: features[2].ttl: '90' is not a duration\n"
      "  mend: write 90d for days, 90h for hours or 90m for minutes\n"
      "shop.yaml:14:26: features[5].entity: there is no entity 'artcle'\n"
      "  mend: did you mean 'article'?\n"
      "shop.yaml:16:50: feature_services[0].features[3]: there is no feature 'bought'\n"
      "  mend: define it under 'features': age, sold, sold_twice, adult, buyers, price\n"
      "shop.yaml:17:27: feature_services[1].features: service 'empty' lists no features\n"
      "  mend: write features: [first_feature, second_feature]");
  EXPECT_EQ(mistakes.size(), 7u);
  EXPECT_EQ(registry.error().line, 3);
}

// What is made of a broken feature, or reads a broken source, is not wrong itself.
TEST(ManyMistakes, WhatOnlyFollowsIsNotTold) {
  EXPECT_THAT(mistakes_of("- {name: spend, entity: customer, source: sales}\n"
                          "- {name: double, transformation: 2 * spend}\n"
                          "- {name: fourfold, transformation: 2 * double}\n"
                          "feature_services:\n"
                          "- {name: profile, features: [spend, double, fourfold@7]}\n"),
              ElementsAre("shop.yaml:8:3: features[0]: nothing says what 'spend' is of source "
                          "'sales'",
                          "shop.yaml:12:45: feature_services[0].features[2]: service 'profile' "
                          "counts on fourfold@7, but the registry has fourfold@1"));
  // Its entity is wrong too, which does not follow from the source.
  const std::string broken_source =
      "registry_version: 1\n"
      "sources:\n"
      "- {name: sales, table: transactions, sql: select 1}\n"
      "- {name: basket, request: {value: number}}\n"
      "features:\n"
      "- {name: a, entity: customer, source: sales, transformation: lifetime_count}\n"
      "- {name: large, type: boolean, transformation: basket.value > 100}\n"
      "entities: []\n";
  EXPECT_THAT(mistakes_of(Files{{"shop.yaml", broken_source}}),
              ElementsAre("shop.yaml:3:38: sources[0]: 'sql' stands beside 'table'",
                          "shop.yaml:4:35: sources[1].request.value: 'number' is not the type of a "
                          "field",
                          "shop.yaml:6:21: features[0].entity: there is no entity 'customer'"));
}

TEST(ManyMistakes, EachCycleOnce) {
  EXPECT_THAT(
      mistakes_of("- {name: a, transformation: b + 1}\n"
                  "- {name: b, transformation: c * 2}\n"
                  "- {name: c, transformation: b - a}\n"
                  "- {name: d, transformation: e}\n"
                  "- {name: e, transformation: d}\n"
                  "- {name: f, transformation: a + d + missing}\n"),
      ElementsAre("shop.yaml:9:29: features[1].transformation: features are made of each other: b "
                  "-> c -> b",
                  "shop.yaml:11:29: features[3].transformation: features are made of each other: d "
                  "-> e -> d",
                  "shop.yaml:13:37: features[5].transformation: there is no feature or request "
                  "field 'missing'"));
}

TEST(ManyMistakes, NamesThatStandTwice) {
  EXPECT_THAT(
      mistakes_of("- {name: spend, entity: customer, source: sales, column: price}\n"
                  "- {name: Spend, entity: customer, source: sales, column: price}\n"
                  "- {name: SPEND, entity: customer, source: sales, column: price}\n"
                  "- {name: article_id, entity: customer, source: sales, column: price}\n"),
      ElementsAre("shop.yaml:9:10: features[1].name: feature 'Spend' is defined already, at "
                  "shop.yaml:8:10",
                  "shop.yaml:10:10: features[2].name: feature 'SPEND' is defined already, "
                  "at shop.yaml:8:10",
                  "shop.yaml:11:10: features[3].name: 'article_id' is a join key of entity "
                  "'article', at shop.yaml:2:83"));
}

// What a file without sense would have defined is not missed elsewhere; other mistakes are told.
TEST(ManyMistakes, OverSeveralFiles) {
  const std::string features =
      "registry_version: 1\n"
      "features:\n"
      "- {name: spend, entity: customer, source: sales, column: price}\n"
      "- {name: club, entity: customer, source: people, column: club, ttl: soon}\n";
  EXPECT_THAT(mistakes_of(Files{{"a.yaml", features}, {"b.yaml", "registry_version: 1\nx: [\n"}}),
              ElementsAre("a.yaml:4:69: features[1].ttl: 'soon' is not a duration",
                          testing::StartsWith("b.yaml:")));
  EXPECT_THAT(mistakes_of(Files{{"a.yaml", features}, {"b.yaml", "registry_version: 3\n"}}),
              ElementsAre("a.yaml:4:69: features[1].ttl: 'soon' is not a duration",
                          "b.yaml:1:19: registry_version: this program reads registry_version 1, "
                          "not 3"));
  // A section under a wrong key may hold what is named; the sections beside it are read.
  EXPECT_THAT(mistakes_of(Files{{"a.yaml", features},
                                {"b.yaml",
                                 "registry_version: 1\nsource: []\nentities: [{name: customer, "
                                 "join_keys: [customer_id, customer_id]}]\n"}}),
              ElementsAre("a.yaml:4:69: features[1].ttl: 'soon' is not a duration",
                          "b.yaml:2:1: unknown key 'source'",
                          "b.yaml:3:54: entities[0].join_keys[1]: join key 'customer_id' stands "
                          "twice"));
}

TEST(ManyMistakes, TwentyAreShown) {
  std::string text;
  for (int i = 0; i < 23; ++i)
    text += fmt::format("- {{name: f{}, entity: customer, source: sales, ttl: never}}\n", i);
  std::vector<Error> mistakes;
  const auto registry = Registry::parse({{"shop.yaml", kBeforeFeatures + text}}, &mistakes);
  EXPECT_EQ(mistakes.size(), 23u);
  EXPECT_THAT(registry.error().to_text(), EndsWith("\nand 3 more mistakes"));
  EXPECT_THAT(registry.error().to_text(), testing::HasSubstr("\nshop.yaml:27:"));
  EXPECT_THAT(registry.error().to_text(), testing::Not(testing::HasSubstr("\nshop.yaml:28:")));
}

TEST(ManyMistakes, NoneWhereThereIsNone) {
  EXPECT_THAT(mistakes_of("- {name: spend, entity: customer, source: sales, column: price}\n"),
              IsEmpty());
}

}  // namespace
}  // namespace coterie::features
