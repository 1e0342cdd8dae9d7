#pragma once
// For the tests of this folder: the API over a small shop's online store, asked without sockets.

#include <optional>
#include <string>
#include <string_view>

#include "base/temporary_folder.h"
#include "base/test_results.h"
#include "features/online/online_store.h"
#include "features/plan/feature_plan.h"
#include "serving/features/feature_api.h"

namespace coterie::serving {

inline constexpr const char* kApiRegistry = R"yaml(
registry_version: 1
entities:
  - {name: customer, join_keys: [customer_id]}
  - {name: shelf, join_keys: [shop, place]}
sources:
  - name: sales
    table: transactions
    timestamp_field: t_dat
    columns: {amount: "price * quantity"}
  - {name: people, table: customers, static: true}
  - {name: fillings, table: fillings, timestamp_field: at}
  - {name: basket, request: {total: numeric, gift: boolean, coupon: text}}
features:
  - {name: orders, entity: customer, source: sales, transformation: lifetime_count}
  - {name: spend, entity: customer, source: sales, transformation: lifetime_sum, column: amount}
  - {name: mean_price, entity: customer, source: sales, transformation: rolling_mean_30d, column: price}
  - {name: last_channel, type: categorical, entity: customer, source: sales, transformation: last, column: channel}
  - {name: recent_price, entity: customer, source: sales, transformation: last, column: price, ttl: 1d}
  - name: channels
    type: vector
    entity: customer
    source: sales
    aggregation: {function: groups, group_by: channel, groups: [web, shop], share: true}
  - name: favourites
    type: categorical
    entity: customer
    source: sales
    aggregation: {function: top_k, group_by: article_id, k: 2}
  - {name: age, entity: customer, source: people, column: age}
  - {name: is_adult, type: boolean, transformation: age >= 18}
  - {name: filled, entity: shelf, source: fillings, transformation: lifetime_sum, column: units}
  - {name: share_of_spend, transformation: basket.total / spend}
  - {name: hidden, entity: customer, source: sales, transformation: lifetime_count, online: false}
  - {name: spend_bucket, of: spend, transformation: {percentile_bucket: 4}}
feature_services:
  - {name: profile, features: [orders, spend, age]}
)yaml";

inline features::SourceSchemas api_schemas() {
  const auto column = [](const char* name, const char* type) {
    return features::SourceColumn{*expr::column_from_sql(name, type), ""};
  };
  features::SourceSchema sales;
  sales.columns = {column("customer_id", "VARCHAR"), column("article_id", "VARCHAR"),
                   column("t_dat", "TIMESTAMP"),     column("price", "DECIMAL(18,2)"),
                   column("quantity", "BIGINT"),     column("channel", "VARCHAR")};
  sales.timestamp_field = "t_dat";
  features::SourceSchema people;
  people.columns = {column("customer_id", "VARCHAR"), column("age", "BIGINT")};
  features::SourceSchema fillings;
  fillings.columns = {column("shop", "VARCHAR"), column("place", "BIGINT"),
                      column("at", "TIMESTAMP"), column("units", "BIGINT")};
  fillings.timestamp_field = "at";
  return {{"sales", sales}, {"people", people}, {"fillings", fillings}};
}

struct Answered {
  int status = 0;
  std::string body;
};

struct ApiPlace {
  explicit ApiPlace(FeatureApiOptions options = {})
      : registry(take(features::Registry::parse({{"shop.yaml", kApiRegistry}}))),
        zone(take(TimeZone::load("UTC"))),
        plan(take(features::FeaturePlan::compile(registry, api_schemas(), online(registry)))),
        store(take(features::OnlineStore::open(plan, fitted,
                                               {.log_folder = folder / "log",
                                                .store_url = "lmdb:online",
                                                .store = {.folder = folder.path()}},
                                               zone))),
        api(*store, fitted, options) {
    api.add_routes(router, metrics);
  }

  static std::vector<const features::FeatureDefinition*> online(
      const features::Registry& registry) {
    std::vector<const features::FeatureDefinition*> features;
    for (const auto& each : registry.features()) {
      if (each.online) features.push_back(&each);
    }
    return features;
  }

  Answered ask(Method method, std::string_view path, std::string_view body = "") {
    const size_t mark = path.find('?');
    Request request;
    request.method = method;
    request.path = path.substr(0, mark);
    request.body = body;
    TextRoom room;
    TextRoom query_room;
    room.clear(path.size());
    query_room.clear(path.size());
    if (mark != path.npos) must(parse_query(path.substr(mark + 1), query_room, request.query));
    Response response;
    const Router::Route* const route = router.match(request, room, response);
    if (route == nullptr) return {response.status, response.body};
    const Status done = route->handler(request, response);
    if (!done.ok()) {
      response.clear();
      response.fail(done.error());
    }
    return {response.status, response.body};
  }
  Answered get(std::string_view body) { return ask(Method::kPost, "/get-online-features", body); }
  Answered push(std::string_view body) { return ask(Method::kPost, "/push", body); }

  TemporaryFolder folder;
  features::Registry registry;
  TimeZone zone;
  features::FeaturePlan plan;
  features::FittedSet fitted;
  std::unique_ptr<features::OnlineStore> store;
  FeatureApi api;
  Metrics metrics;
  Router router;
};

}  // namespace coterie::serving
