#pragma once
// For the tests and benchmarks of this folder: a registry over a small shop, and random rows.

#include <deque>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/test_results.h"
#include "base/timezone.h"
#include "features/online/row_push.h"
#include "features/plan/feature_plan.h"
#include "features/plan/request_plan.h"
#include "features/registry/registry.h"

namespace coterie::features {

inline constexpr const char* kShopRegistry = R"yaml(
registry_version: 1
entities:
  - {name: customer, join_keys: [customer_id]}
  - {name: article, join_keys: [article_id]}
sources:
  - name: sales
    table: transactions
    timestamp_field: t_dat
    columns: {amount: "price * quantity"}
    where: quantity != 0
  - {name: people, table: customers, static: true}
  - {name: visits, table: sessions, timestamp_field: started_at}
features:
  - {name: orders, entity: customer, source: sales, transformation: lifetime_count}
  - {name: orders_7d, entity: customer, source: sales, transformation: rolling_count_7d}
  - {name: orders_30d, entity: customer, source: sales, transformation: rolling_count_30d, default: 0}
  - {name: spend_1d, entity: customer, source: sales, transformation: rolling_sum_1d, column: amount}
  - {name: spend_7d, entity: customer, source: sales, transformation: rolling_sum_7d, column: amount}
  - {name: spend_30d, entity: customer, source: sales, transformation: rolling_sum_30d, column: amount}
  - {name: spend, entity: customer, source: sales, transformation: lifetime_sum, column: amount, ttl: 20d}
  - {name: mean_price_30d, entity: customer, source: sales, transformation: rolling_mean_30d, column: price}
  - {name: dearest_30d, entity: customer, source: sales, transformation: rolling_max_30d, column: price}
  - {name: cheapest_7d, entity: customer, source: sales, transformation: rolling_min_7d, column: price}
  - {name: weight_7d, entity: customer, source: sales, transformation: rolling_sum_7d, column: weight}
  - {name: weight_std_30d, entity: customer, source: sales, transformation: rolling_std_30d, column: weight}
  - {name: last_channel, type: categorical, entity: customer, source: sales, transformation: last, column: channel}
  - {name: first_price, entity: customer, source: sales, transformation: first, column: price}
  - {name: articles_30d, entity: customer, source: sales, transformation: rolling_distinct_30d, column: article_id}
  - {name: articles, entity: customer, source: sales, transformation: lifetime_distinct, column: article_id}
  - {name: since, entity: customer, source: sales, transformation: time_since_last}
  - name: web_share_30d
    entity: customer
    source: sales
    aggregation:
      function: ratio
      window: 30d
      numerator: {function: count, filter: "channel = 'web'"}
      denominator: {function: count}
  - name: channels
    entity: customer
    source: sales
    aggregation: {function: groups, group_by: channel, groups: [web, shop, app], share: true}
  - name: favourites
    entity: customer
    source: sales
    aggregation: {function: top_k, group_by: article_id, column: amount, k: 3, window: 30d}
  - {name: days_7d, entity: customer, source: sales,
     aggregation: {function: streak, period: 1d, window: 7d}}
  - {name: city, entity: customer, source: people, column: city, transformation: {one_hot: [Lund, Malmö]}}
  - {name: age, entity: customer, source: people, column: age}
  - {name: visits_1d, entity: customer, source: visits, transformation: rolling_count_1d}
  - {name: devices_7d, entity: customer, source: visits, transformation: rolling_distinct_7d, column: device}
  - {name: order_value, transformation: spend_30d / orders_30d}
  - {name: is_adult, type: boolean, transformation: age >= 18}
  - {name: article_sales_7d, entity: article, source: sales, transformation: rolling_sum_7d, column: quantity}
  - {name: article_buyers_30d, entity: article, source: sales, transformation: rolling_distinct_30d, column: customer_id}
  - {name: article_last_price, entity: article, source: sales, transformation: last, column: price}
)yaml";

// Registry, plan and the request of all its features.
struct TestShop {
  explicit TestShop(const char* text = kShopRegistry)
      : registry(take(Registry::parse({{"shop.yaml", text}}))),
        zone(take(TimeZone::load("Europe/Stockholm"))),
        plan(take(FeaturePlan::compile(registry, schemas(), all()))),
        request(take(RequestPlan::make(plan, all(), {}))) {}
  TestShop(const TestShop&) = delete;
  TestShop& operator=(const TestShop&) = delete;

  std::vector<const FeatureDefinition*> all() const {
    std::vector<const FeatureDefinition*> features;
    for (const FeatureDefinition& feature : registry.features()) features.push_back(&feature);
    return features;
  }
  static SourceSchemas schemas() {
    const auto column = [](const char* name, const char* type, const char* dictionary = "") {
      return SourceColumn{*expr::column_from_sql(name, type), dictionary};
    };
    SourceSchema sales;
    sales.columns = {column("customer_id", "VARCHAR", "customer"),
                     column("article_id", "VARCHAR", "article"),
                     column("t_dat", "TIMESTAMP"),
                     column("arrived_at", "TIMESTAMP"),
                     column("price", "DECIMAL(18,2)"),
                     column("quantity", "BIGINT"),
                     column("weight", "DOUBLE"),
                     column("channel", "VARCHAR")};
    sales.timestamp_field = "t_dat";
    sales.arrived_at = "arrived_at";
    SourceSchema people;
    people.columns = {column("customer_id", "VARCHAR", "customer"), column("age", "INTEGER"),
                      column("city", "VARCHAR")};
    SourceSchema visits;
    visits.columns = {column("customer_id", "VARCHAR", "customer"),
                      column("started_at", "TIMESTAMP"), column("device", "VARCHAR")};
    visits.timestamp_field = "started_at";
    return {{"sales", sales}, {"people", people}, {"visits", visits}};
  }

  Registry registry;
  TimeZone zone;
  FeaturePlan plan;
  RequestPlan request;
};

// Rows about few customers and articles in the month before `end`, with ties, late arrivals, nulls,
// refunds and rows that no source takes. Texts live as long as the generator.
class RandomRows {
 public:
  RandomRows(unsigned seed, Micros end) : random_(seed), end_(end) {}

  int customers = 12;
  int articles = 9;

  PushedRows next(size_t rows) {
    const unsigned kind = pick(10);
    if (kind == 0) return people(rows);
    return kind < 4 ? visits(rows) : sales(rows);
  }

  PushedRows sales(size_t count) {
    PushedRows rows{.source = "sales",
                    .columns = {"t_dat", "customer_id", "article_id", "price", "quantity", "weight",
                                "channel", "arrived_at"},
                    .values = {},
                    .ids = {}};
    for (size_t r = 0; r < count; ++r) {
      const Micros at = time();
      const int64_t quantity = static_cast<int64_t>(pick(7)) - 2;
      const bool late = pick(8) == 0;
      rows.values.insert(
          rows.values.end(),
          {PushedValue::of_integer(at), customer(), article(),
           pick(9) == 0 ? PushedValue()
                        : PushedValue::of_real(static_cast<double>(pick(40'000)) / 100),
           pick(15) == 0 ? PushedValue() : PushedValue::of_integer(quantity),
           pick(6) == 0 ? PushedValue()
                        : PushedValue::of_real(static_cast<double>(pick(1'000'000)) / 7e3),
           pick(7) == 0 ? PushedValue() : text({"web", "shop", "app", "phone"}),
           late ? PushedValue::of_integer(at + pick(3) * kMicrosPerDay) : PushedValue()});
      add_id(rows);
    }
    return rows;
  }
  PushedRows visits(size_t count) {
    PushedRows rows{.source = "visits",
                    .columns = {"customer_id", "started_at", "device"},
                    .values = {},
                    .ids = {}};
    for (size_t r = 0; r < count; ++r) {
      rows.values.insert(rows.values.end(), {customer(), PushedValue::of_integer(time()),
                                             text({"phone", "laptop", "tablet"})});
      add_id(rows);
    }
    return rows;
  }
  PushedRows people(size_t count) {
    PushedRows rows{
        .source = "people", .columns = {"customer_id", "age", "city"}, .values = {}, .ids = {}};
    for (size_t r = 0; r < count; ++r) {
      rows.values.insert(rows.values.end(),
                         {customer(), PushedValue::of_integer(int64_t{10} + pick(70)),
                          text({"Lund", "Malmö", "Kiruna"})});
      add_id(rows);
    }
    return rows;
  }

  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

 private:
  Micros time() {
    // Few distinct hours: ties.
    const Micros ago = pick(4) == 0
                           ? static_cast<Micros>(pick(24 * 30)) * 3'600 * kMicrosPerSecond
                           : static_cast<Micros>(random_() % (30 * 86'400ULL)) * kMicrosPerSecond;
    return end_ - ago;
  }
  PushedValue customer() {
    return keep(fmt::format("c{}", pick(static_cast<unsigned>(customers))));
  }
  PushedValue article() { return keep(fmt::format("01{}", pick(static_cast<unsigned>(articles)))); }
  PushedValue text(std::initializer_list<const char*> among) {
    return PushedValue::of_text(among.begin()[pick(static_cast<unsigned>(among.size()))]);
  }
  PushedValue keep(std::string text) {
    return PushedValue::of_text(texts_.emplace_back(std::move(text)));
  }
  void add_id(PushedRows& rows) {
    rows.ids.emplace_back(texts_.emplace_back(fmt::format("event-{}", ++ids_)));
  }

  std::mt19937_64 random_;
  Micros end_;
  int64_t ids_ = 0;
  std::deque<std::string> texts_;
};

}  // namespace coterie::features
