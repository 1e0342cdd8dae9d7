#include <fmt/format.h>

#include "features/offline/offline_world_internal.h"

namespace coterie::features {
namespace {

constexpr const char* kRegistry = R"yaml(
registry_version: 1
entities:
  - {name: customer, join_keys: [customer_id]}
  - {name: article, join_keys: [article_id]}
sources:
  - name: sales
    table: transactions
    columns: {amount: "price * quantity"}
  - {name: people, table: customers, static: true}
  - {name: basket, request: {value: numeric}}
features:
  - {name: buys, entity: customer, source: sales, aggregation: {function: count, filter: "quantity > 0"}}
  - {name: buys_7d, entity: customer, source: sales, aggregation: {function: count, window: 7d}}
  - {name: spend, entity: customer, source: sales, aggregation: {function: sum, column: amount}}
  - {name: spend_10d, entity: customer, source: sales, aggregation: {function: sum, column: amount, window: 10d}}
  - {name: mean_10d, entity: customer, source: sales, aggregation: {function: mean, column: price, window: 10d}}
  - {name: least, entity: customer, source: sales, aggregation: {function: min, column: price}}
  - {name: most_12h, entity: customer, source: sales, aggregation: {function: max, column: price, window: 12h}}
  - {name: deviation, entity: customer, source: sales, aggregation: {function: std, column: price}}
  - {name: articles, entity: customer, source: sales, aggregation: {function: distinct, column: article_id}}
  - {name: channels_10d, entity: customer, source: sales, aggregation: {function: distinct, column: channel, window: 10d}}
  - {name: last_channel, entity: customer, source: sales, type: categorical, aggregation: {function: last, column: channel}}
  - {name: first_article, entity: customer, source: sales, type: categorical, aggregation: {function: first, column: article_id}}
  - {name: since, entity: customer, source: sales, aggregation: {function: time_since_last}}
  - {name: refund_share, entity: customer, source: sales, aggregation: {function: ratio, numerator: {function: count, filter: "quantity < 0"}, denominator: {function: count}}}
  - {name: age, entity: customer, source: people, column: age}
  - {name: spend_per_buy, entity: customer, transformation: "if(buys > 0, spend / buys, null)"}
  - {name: basket_ratio, entity: customer, transformation: "basket.value / spend_per_buy"}
  - {name: spend_bucket, entity: customer, of: spend, transformation: {percentile_bucket: 5}}
  - {name: buys_scaled, entity: customer, of: buys, transformation: {scale: standard}}
  - {name: channel_shares, entity: customer, source: sales, type: vector, aggregation: {function: groups, group_by: channel, group_count: 2, share: true}}
  - {name: buyers, entity: article, source: sales, aggregation: {function: distinct, column: customer_id}}
feature_services:
  - {name: all, features: [buys, buys_7d, spend, spend_10d, mean_10d, least, most_12h, deviation, articles, channels_10d, last_channel, first_article, since, refund_share, age, spend_per_buy]}
)yaml";

// DuckDB's `last` of equal times is chance: arg_max over (time, value) says which.
std::vector<NaiveFeature> naive_list() {
  return {
      {"buys", "count(*) FILTER (WHERE t.quantity > 0)", ""},
      {"buys_7d", "count(t.t_dat)", "7 days"},
      {"spend", "sum(t.price * t.quantity)", ""},
      {"spend_10d", "sum(t.price * t.quantity)", "10 days"},
      {"mean_10d", "avg(t.price)", "10 days"},
      {"least", "min(t.price)", ""},
      {"most_12h", "max(t.price)", "12 hours"},
      {"deviation", "stddev_samp(t.price)", ""},
      {"articles", "count(DISTINCT t.article_id)", ""},
      {"channels_10d", "count(DISTINCT t.channel)", "10 days"},
      {"last_channel",
       "arg_max(t.channel, (t.t_dat, t.channel)) FILTER (WHERE t.channel IS NOT NULL)", ""},
      {"first_article", "arg_min(t.article_id, (t.t_dat, t.article_id))", ""},
      {"since", "(epoch_us(any_value(s.at)) - epoch_us(max(t.t_dat))) / 86400000000.0", ""},
      {"refund_share", "count(*) FILTER (WHERE t.quantity < 0) / nullif(count(t.t_dat), 0)::DOUBLE",
       ""},
      {"age", "(SELECT age FROM customers c WHERE c.customer_id = any_value(s.customer_id))", ""},
  };
}

// One text a value: reals by 9 digits, so that the last bits of sums do not count.
std::string cell_sql(const std::string& column) {
  return fmt::format(
      "coalesce(CASE WHEN typeof({0}) = 'DOUBLE' THEN printf('%.9g', {0}::DOUBLE) "
      "ELSE {0}::VARCHAR END, '-')",
      column);
}

}  // namespace

OfflineWorld::OfflineWorld(uint64_t seed, int customers, int rows, int days)
    : registry(take(Registry::parse({{"features.yaml", kRegistry}}))),
      engine(take(data::Engine::open({.threads = 2}))),
      warehouse(take(data::Warehouse::open(folder / "warehouse"))),
      naive_features(naive_list()),
      seed_(seed) {
  project.folder = folder.path();
  project.timezone = "UTC";
  write_tables(customers, rows, days);
}

void OfflineWorld::write_tables(int customers, int rows, int days) {
  data::Connection connection = take(engine.connect());
  must(connection.execute(fmt::format("SELECT setseed({})", static_cast<double>(seed_ % 97) / 97)));
  must(connection.execute(fmt::format(
      "CREATE TABLE people AS SELECT i AS number, 'c' || i AS customer_id, 20 + i % 50 AS age FROM "
      "range({}) r(i)",
      customers)));
  // Every tenth row is there twice, every eighth comes late, and refunds cancel what was bought.
  must(connection.execute(fmt::format(
      "CREATE TABLE sold AS SELECT i, 'c' || floor(random() * random() * {0})::INT AS customer_id, "
      "'a' || floor(random() * 25)::INT AS article_id, TIMESTAMP '2024-01-01' + INTERVAL 1 HOUR * "
      "floor(random() * {1} * 24)::INT AS t_dat, CASE WHEN random() < 0.1 THEN NULL ELSE "
      "(floor(random() * 500) / 100)::DECIMAL(18,2) END AS price, CASE WHEN random() < 0.15 THEN "
      "-1 "
      "ELSE 1 + floor(random() * 3)::INT END AS quantity, CASE WHEN random() < 0.2 THEN NULL ELSE "
      "'ch' || floor(random() * 4)::INT END AS channel FROM range({2}) r(i)",
      customers, days, rows)));
  must(connection.execute("INSERT INTO sold SELECT * FROM sold WHERE i % 10 = 0"));
  must(
      connection.execute("INSERT INTO sold SELECT i, customer_id, article_id, t_dat, price, "
                         "-quantity, channel FROM sold WHERE i % 17 = 0"));
  data::WriteTransaction transaction = take(warehouse.begin("run"));
  must(transaction.encode_ids("customer", connection, "SELECT customer_id FROM people"));
  must(transaction.encode_ids("article", connection, "SELECT article_id FROM sold"));
  take(transaction.replace("customers", connection,
                           "SELECT d.code AS customer_id, p.age::BIGINT AS age FROM people p JOIN "
                           "facts.dict_customer d ON d.id = p.customer_id",
                           {.entities = {{"customer_id", "customer"}}}));
  take(transaction.replace(
      "transactions", connection,
      "SELECT c.code AS customer_id, a.code AS article_id, t_dat, price, quantity::BIGINT AS "
      "quantity, channel, CASE WHEN i % 8 = 0 THEN t_dat + INTERVAL 1 HOUR * (i % 300) END AS "
      "arrived_at FROM sold s JOIN facts.dict_customer c ON c.id = s.customer_id JOIN "
      "facts.dict_article a ON a.id = s.article_id",
      {.entities = {{"customer_id", "customer"}, {"article_id", "article"}}}));
  take(transaction.commit());
}

std::string OfflineWorld::write_spine(int rows) {
  const std::string path = folder / "spine.parquet";
  data::Connection connection = take(engine.connect());
  must(connection.execute(fmt::format(
      "COPY (SELECT i AS label, 'c' || floor(random() * 45)::INT AS customer_id, TIMESTAMP "
      "'2023-12-30' + INTERVAL 30 MINUTE * floor(random() * 66 * 48)::INT AS event_timestamp, "
      "random() * 50 AS value FROM range({}) r(i)) TO '{}' (FORMAT parquet)",
      rows, path)));
  return path;
}

void OfflineWorld::change_future(const std::string& at) {
  data::Snapshot snapshot = take(warehouse.snapshot());
  data::Connection connection = take(engine.connect());
  must(snapshot.attach(connection));
  data::WriteTransaction transaction = take(warehouse.begin("run"));
  take(transaction.replace(
      "transactions", connection,
      fmt::format(
          "SELECT CASE WHEN future THEN (customer_id + 7) % 40 ELSE customer_id END::INTEGER "
          "AS customer_id, CASE WHEN future THEN (article_id + 3) % 25 ELSE article_id "
          "END::INTEGER AS article_id, t_dat, CASE WHEN future THEN 99.5 ELSE price "
          "END::DECIMAL(18,2) AS price, CASE WHEN future THEN 5 ELSE quantity END::BIGINT AS "
          "quantity, CASE WHEN future THEN 'later' ELSE channel END AS channel, arrived_at "
          "FROM (SELECT *, greatest(t_dat, arrived_at) > TIMESTAMP '{}' AS future FROM "
          "facts.transactions)",
          at),
      {.entities = {{"customer_id", "customer"}, {"article_id", "article"}}}));
  take(transaction.commit());
}

std::vector<std::string> OfflineWorld::rows_of(const std::string& select) {
  data::Snapshot snapshot = take(warehouse.snapshot());
  data::Connection connection = take(engine.connect());
  must(snapshot.attach(connection));
  std::vector<std::string> rows;
  must(connection.for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
    for (int64_t row = 0; row < chunk.rows(); ++row)
      rows.emplace_back(chunk.column(0).as_text(row));
    return {};
  }));
  return rows;
}

std::vector<std::string> OfflineWorld::naive(const std::string& spine) {
  const std::string rows = fmt::format(
      "(SELECT label, customer_id, event_timestamp AS at FROM read_parquet('{}'))", spine);
  std::string text = "s.label::VARCHAR", joins;
  for (const NaiveFeature& feature : naive_features) {
    const std::string window =
        feature.window.empty() ? ""
                               : fmt::format(" AND t.t_dat > s.at - INTERVAL '{}'", feature.window);
    text += fmt::format(" || ' {0}=' || {1}", feature.name, cell_sql(feature.name + ".v"));
    joins += fmt::format(
        " JOIN (SELECT s.label, {1} AS v FROM {2} s LEFT JOIN transactions t ON t.customer_id = "
        "s.customer_id AND t.t_dat <= s.at AND coalesce(t.arrived_at, t.t_dat) <= s.at{3} GROUP BY "
        "s.label) {0} ON {0}.label = s.label",
        feature.name, feature.sql, rows, window);
  }
  return rows_of(fmt::format("SELECT {} FROM {} s{} ORDER BY s.label", text, rows, joins));
}

std::vector<std::string> OfflineWorld::values_in(const std::string& file) {
  std::string features = "label::VARCHAR";
  for (const NaiveFeature& feature : naive_features)
    features += fmt::format(" || ' {0}=' || {1}", feature.name, cell_sql(feature.name));
  return rows_of(fmt::format("SELECT {} FROM read_parquet('{}')", features, file));
}

}  // namespace coterie::features
