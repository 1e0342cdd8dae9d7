#include "features/registry/registry.h"

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/temporary_folder.h"
#include "base/test_results.h"

namespace coterie::features {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr const char* kShop = R"yaml(
registry_version: 1
entities:
  - {name: customer, join_keys: [customer_id], description: who buys}
  - {name: article, join_keys: article_id}
sources:
  - name: sales
    table: transactions
    columns: {amount: "price * quantity", net: amount * 0.8}
    where: quantity > 0
  - {name: people, table: customers, static: true}
  - name: visits
    sql: |
      select customer_id, started_at   -- a visit
      from sessions
    timestamp_field: started_at
    arrived_at: started_at
    owner: web
    tags: [clicks]
  - {name: basket, request: {basket_value: numeric, coupon: boolean}}
features:
  - {name: spend_30d, entity: customer, source: sales, transformation: rolling_sum_30d, column: amount,
     default: 0, ttl: 90d, freshness: 1h, owner: crm, tags: [money, rfm], version: 3}
  - {name: buys, entity: customer, source: sales, transformation: lifetime_count}
  - {name: last_price, entity: article, source: sales, transformation: last, column: price}
  - name: discount_share
    entity: customer
    source: sales
    aggregation:
      function: ratio
      window: 90d
      filter: price > 0
      numerator: {function: sum, column: net, filter: quantity > 1}
      denominator: {function: count}
  - name: channels
    entity: customer
    source: sales
    aggregation: {function: groups, group_by: sales_channel_id, groups: [web, shop], share: true}
  - name: favourite
    entity: customer
    source: sales
    aggregation: {function: top_k, group_by: article_id, column: amount, k: 3, window: 12h}
  - {name: articles, entity: customer, source: sales,
     aggregation: {function: distinct, column: article_id, exact: false}}
  - {name: median, entity: customer, source: sales,
     aggregation: {function: percentile, column: price, quantile: 0.5, window: lifetime}}
  - {name: weeks, entity: customer, source: visits,
     aggregation: {function: streak, period: 7d, window: 365d}}
  - {name: club, entity: customer, source: people, column: club_member_status,
     transformation: {one_hot: [ACTIVE, LEFT]}}
  - {name: spend_bucket, of: spend_30d, transformation: {percentile_bucket: 5, descending: true}}
  - {name: mean_order, transformation: spend_30d / buys, online: false}
  - {name: large, type: boolean, transformation: "basket.basket_value > mean_order and not basket.coupon"}
  - {name: taste, entity: customer, model: cf}
feature_services:
  - {name: profile, version: 2, features: [spend_30d@3, buys, mean_order], owner: crm}
)yaml";

Registry shop() { return take(Registry::parse({{"shop.yaml", kShop}})); }

TEST(Registry, ReadsEntitiesSourcesAndServices) {
  const Registry registry = shop();
  ASSERT_EQ(registry.entities().size(), 2u);
  EXPECT_EQ(registry.entity("customer")->description, "who buys");
  EXPECT_THAT(registry.entity("article")->join_keys, ElementsAre("article_id"));
  EXPECT_EQ(registry.entity("shop"), nullptr);
  const Source& sales = *registry.source("sales");
  EXPECT_EQ(sales.table, "transactions");
  EXPECT_THAT(sales.columns,
              ElementsAre(Pair("amount", "price * quantity"), Pair("net", "amount * 0.8")));
  EXPECT_EQ(sales.where, "quantity > 0");
  EXPECT_TRUE(registry.source("people")->is_static);
  EXPECT_EQ(registry.source("visits")->timestamp_field, "started_at");
  EXPECT_EQ(registry.source("visits")->arrived_at, "started_at");
  EXPECT_THAT(registry.source("basket")->request,
              ElementsAre(Pair("basket_value", FeatureType::kNumeric),
                          Pair("coupon", FeatureType::kBoolean)));
  const FeatureService& profile = *registry.service("profile");
  EXPECT_EQ(profile.version, 2);
  EXPECT_THAT(profile.features, ElementsAre("spend_30d", "buys", "mean_order"));
}

TEST(Registry, ExpandsSmallForms) {
  const Registry registry = shop();
  const FeatureDefinition& spend = *registry.feature("spend_30d");
  EXPECT_EQ(spend.kind, FeatureKind::kAggregation);
  EXPECT_EQ(spend.aggregation->function, Function::kSum);
  EXPECT_EQ(spend.aggregation->column, "amount");
  EXPECT_EQ(spend.aggregation->window, 30 * kMicrosPerDay);
  EXPECT_EQ(spend.default_value, "0");
  EXPECT_EQ(spend.ttl, 90 * kMicrosPerDay);
  EXPECT_EQ(spend.freshness, "1h");
  EXPECT_EQ(spend.reference(), "spend_30d@3");
  EXPECT_THAT(spend.tags, ElementsAre("money", "rfm"));
  EXPECT_EQ(aggregation_text(*registry.feature("buys")->aggregation), "count() lifetime");
  EXPECT_EQ(aggregation_text(*registry.feature("last_price")->aggregation), "last(price) lifetime");
  EXPECT_FALSE(registry.feature("mean_order")->online);
}

TEST(Registry, ReadsEveryFunction) {
  const Registry registry = shop();
  const auto text = [&](const char* name) {
    return aggregation_text(*registry.feature(name)->aggregation);
  };
  EXPECT_EQ(text("discount_share"),
            "sum(net) 90d where quantity > 1 / count() 90d where price > 0");
  EXPECT_EQ(text("channels"), "groups(sales_channel_id) as shares lifetime");
  EXPECT_THAT(registry.feature("channels")->groups, ElementsAre("web", "shop"));
  EXPECT_EQ(registry.feature("channels")->type, FeatureType::kVector);
  EXPECT_EQ(text("favourite"), "top_k(article_id by amount, k 3) 12h");
  EXPECT_EQ(registry.feature("favourite")->type, FeatureType::kCategorical);
  EXPECT_EQ(registry.feature("articles")->aggregation->function, Function::kDistinctHll);
  EXPECT_EQ(text("median"), "percentile(price, 0.5) lifetime");
  EXPECT_EQ(text("weeks"), "streak(7d) 365d");
}

TEST(Registry, SettlesDerivedFeatures) {
  const Registry registry = shop();
  const FeatureDefinition& large = *registry.feature("large");
  EXPECT_EQ(large.entity, "customer");
  EXPECT_THAT(large.inputs, ElementsAre("mean_order"));
  EXPECT_THAT(large.requests, ElementsAre("basket.basket_value", "basket.coupon"));
  std::vector<std::string> names;
  for (const FeatureDefinition* input : registry.inputs_of(large)) names.push_back(input->name);
  EXPECT_THAT(names, ElementsAre("spend_30d", "buys", "mean_order"));
  const FeatureDefinition& bucket = *registry.feature("spend_bucket");
  EXPECT_EQ(bucket.kind, FeatureKind::kDerived);
  EXPECT_EQ(bucket.expression, "spend_30d");
  EXPECT_EQ(encoding_text(bucket.encoding), "percentile_bucket 5, descending");
  EXPECT_TRUE(bucket.encoding.fitted());
  EXPECT_EQ(registry.feature("club")->kind, FeatureKind::kLatest);
  EXPECT_FALSE(registry.feature("club")->encoding.fitted());
  EXPECT_EQ(registry.feature("taste")->kind, FeatureKind::kModel);
}

TEST(Registry, FilesTogetherAreOneRegistry) {
  const TemporaryFolder folder;
  EXPECT_EQ(Registry::load(folder.path()).error().to_text(),
            folder.path() +
                "/feature_store: the project has no feature registry\n"
                "  mend: write a first one: coterie features init");
  must(make_folders(folder / "feature_store"));
  must(write_file_atomic(folder / "feature_store/b.yml",
                         "registry_version: 1\nfeatures:\n- {name: f, entity: e, model: m}\n"));
  must(write_file_atomic(folder / "feature_store/a.yaml",
                         "registry_version: 1\nentities:\n- {name: e, join_keys: [k]}\n"));
  must(write_file_atomic(folder / "feature_store/feature_versions.json", "no YAML: {"));
  const Registry registry = take(Registry::load(folder.path()));
  EXPECT_NE(registry.feature("f"), nullptr);
  must(write_file_atomic(folder / "feature_store/c.yaml",
                         "registry_version: 1\nfeatures:\n- {name: F, entity: e, model: m}\n"));
  EXPECT_EQ(Registry::load(folder.path()).error().to_text(),
            fmt::format("{0}/feature_store/c.yaml:3:10: features[0].name: feature 'F' is defined "
                        "already, at {0}/feature_store/b.yml:3:10\n"
                        "  mend: rename or remove one of them",
                        folder.path()));
}

TEST(Registry, DurationsReadWhatTheyWrite) {
  for (const char* text : {"30d", "12h", "15m", "36500d"}) {
    EXPECT_EQ(window_text(take(parse_duration(text))), text);
  }
  EXPECT_EQ(window_text(take(parse_duration("48h"))), "2d");
  EXPECT_EQ(window_text(kLifetime), "lifetime");
  for (const char* text : {"", "d", "30", "30 d", "-1d", "0d", "36501d", "99999999999999999999d",
                           "1.5h", "30D", "30days"}) {
    EXPECT_FALSE(parse_duration(text).ok()) << text;
  }
  EXPECT_EQ(parse_duration("2w").error().mend, "write it in days: 14d");
}

}  // namespace
}  // namespace coterie::features
