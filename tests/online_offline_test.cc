// What is served online is what is trained on: values read from the online state, after materialize
// and pushes in any order, are those that `coterie features get` makes of the warehouse once the
// pushed rows are loaded there, at the same moments.

#include <cmath>
#include <map>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_results.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/warehouse.h"
#include "features/offline/offline_store.h"
#include "features/online/feature_records.h"
#include "features/online/online_project.h"
#include "run_program.h"
#include "shop.h"

namespace coterie::tests {
namespace {

constexpr const char* kRegistry = R"yaml(
registry_version: 1
entities: [{name: customer, join_keys: [customer_id]}]
sources:
  - {name: sales, table: transactions, columns: {amount: "price * coalesce(quantity, 1)"}}
  - {name: people, table: customers, static: true}
features:
  - {name: buys, entity: customer, source: sales, transformation: lifetime_count}
  - {name: buys_30d, entity: customer, source: sales, transformation: rolling_count_30d, default: 0}
  - {name: spend, entity: customer, source: sales, transformation: lifetime_sum, column: amount}
  - {name: spend_30d, entity: customer, source: sales, transformation: rolling_sum_30d, column: amount}
  - {name: mean_90d, entity: customer, source: sales, transformation: rolling_mean_90d, column: price}
  - {name: dearest_90d, entity: customer, source: sales, transformation: rolling_max_90d, column: price}
  - {name: cheapest, entity: customer, source: sales, transformation: lifetime_min, column: price}
  - {name: std_365d, entity: customer, source: sales, transformation: rolling_std_365d, column: price}
  - {name: articles, entity: customer, source: sales, transformation: lifetime_distinct, column: article_id}
  - {name: last_article, type: categorical, entity: customer, source: sales, transformation: last,
     column: article_id}
  - {name: since, entity: customer, source: sales, transformation: time_since_last}
  - {name: age, entity: customer, source: people, column: age}
  - {name: per_order, transformation: spend_30d / buys_30d}
feature_services:
  - {name: everything, features: [buys, buys_30d, spend, spend_30d, mean_90d, dearest_90d, cheapest,
     std_365d, articles, last_article, since, age, per_order]}
)yaml";

using Texts = std::vector<std::string>;

class OnlineOffline : public testing::Test {
 protected:
  OnlineOffline()
      : shop_(Shop::copy_finished(folder_ / "shop")),
        engine_(take(data::Engine::open({}))),
        connection_(take(engine_.connect())) {
    std::filesystem::create_directory(shop_ + "/feature_store");
    write_text(shop_ + "/feature_store/registry.yaml", kRegistry);
  }

  Texts column(const std::string& select) {
    Texts texts;
    must(connection_.for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
      const data::ColumnView view = chunk.column(0);
      for (int64_t row = 0; row < chunk.rows(); ++row)
        texts.push_back(view.is_null(row) ? "null" : std::string(view.as_text(row)));
      return {};
    }));
    return texts;
  }
  void run(const std::vector<std::string>& arguments) const {
    const Outcome outcome = coterie(arguments, shop_);
    ASSERT_EQ(outcome.status, 0) << outcome.all();
  }

  TemporaryFolder folder_;
  std::string shop_;
  data::Engine engine_;
  data::Connection connection_;
};

// Sales of these customers in the 100 days before `end`, of which some are refunds, in no order.
features::PushedRows random_sales(std::mt19937_64& random, const Texts& customers,
                                  const Texts& articles, Micros end) {
  features::PushedRows rows{.source = "sales",
                            .columns = {"customer_id", "article_id", "t_dat", "price", "quantity"},
                            .values = {},
                            .ids = {}};
  for (int i = 0; i < 40; ++i) {
    const auto ago = static_cast<Micros>(random() % (100 * 86'400ULL)) * kMicrosPerSecond;
    rows.values.insert(
        rows.values.end(),
        {features::PushedValue::of_text(customers[random() % customers.size()]),
         features::PushedValue::of_text(articles[random() % articles.size()]),
         features::PushedValue::of_integer(end - ago),
         features::PushedValue::of_real(static_cast<double>(random() % 20'000) / 100),
         features::PushedValue::of_integer(static_cast<int64_t>(random() % 5) - 1)});
  }
  return rows;
}

// Texts by feature: of each moment and customer, in that order.
std::map<std::string, Texts> read_online(const features::OnlineStore& online,
                                         const features::RequestPlan& request,
                                         const Texts& customers,
                                         const std::vector<Micros>& moments) {
  std::map<std::string, Texts> all;
  features::OnlineReader reader(online.serving(), request, online.zone());
  const std::vector<std::string_view> keys(customers.begin(), customers.end());
  const std::span<const std::string_view> key_span = keys;
  std::vector<features::ValueColumn> values;
  for (const Micros at : moments) {
    reader.read({.rows = static_cast<int64_t>(keys.size()), .keys = {&key_span, 1}, .at = at},
                values);
    for (size_t o = 0; o < values.size(); ++o) {
      const auto& output = request.outputs()[o];
      for (size_t r = 0; r < keys.size(); ++r)
        all[output.definition->name].push_back(
            values[o].nulls[r] != 0
                ? "null"
                : features::value_text(output.type, values[o], static_cast<int64_t>(r)));
    }
  }
  return all;
}

// The same rows in the same order, numbered.
std::string spine_sql(const Texts& customers, const std::vector<Micros>& moments) {
  std::string rows;
  int number = 0;
  for (const Micros at : moments) {
    for (const std::string& customer : customers) {
      rows += fmt::format("{}('{}', make_timestamp({}), {})", number == 0 ? "" : ", ", customer, at,
                          number);
      ++number;
    }
  }
  return "SELECT * FROM (VALUES " + rows + ") s(customer_id, event_timestamp, number)";
}

bool same_text(const std::string& a, const std::string& b) {
  if (a == b) return true;
  if (a == "null" || b == "null" || (!a.contains('.') && !b.contains('.'))) return false;
  const double x = std::strtod(a.c_str(), nullptr);
  const double y = std::strtod(b.c_str(), nullptr);
  return std::abs(x - y) <= 1e-9 * std::max(std::abs(x), std::abs(y));
}

// The warehouse and the checkpoint both have all of the log, which is young and stays.
void expect_all_loaded(const std::string& shop) {
  const auto log = coterie_json({"gc"}, shop)["event_log"];
  EXPECT_GT(log["end"], 0);
  EXPECT_EQ(log["loaded"], log["end"]);
  EXPECT_EQ(log["checkpoint"], log["end"]);
  EXPECT_EQ(log["segments_removed"], 0);
  EXPECT_EQ(log["begin"], 0);
}

TEST_F(OnlineOffline, ServedIsWhatIsTrainedOn) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const std::string raw = shop_ + "/raw";
  Texts customers = column(fmt::format(
      "SELECT DISTINCT CAST(customer_id AS VARCHAR) FROM read_parquet('{}/transactions/*.parquet') "
      "ORDER BY 1 LIMIT 60",
      raw));
  const Texts articles = column(fmt::format(
      "SELECT DISTINCT CAST(article_id AS VARCHAR) FROM read_parquet('{}/transactions/*.parquet') "
      "ORDER BY 1 LIMIT 200",
      raw));
  const Micros end = take(connection_.scalar_int(fmt::format(
      "SELECT epoch_us(max(t_dat)::TIMESTAMP) FROM read_parquet('{}/transactions/*.parquet')",
      raw)));
  customers.emplace_back("nobody-knows");
  customers.emplace_back("pushed-only");
  const std::vector<Micros> moments = {end - 20 * kMicrosPerDay, end, end + 3 * kMicrosPerDay};

  run({"features", "materialize"});
  std::map<std::string, Texts> online_values;
  {
    const data::Project project = take(data::load_project(shop_));
    const features::Registry registry = take(features::Registry::load(shop_));
    data::Warehouse warehouse = take(data::Warehouse::open(project.warehouse_folder));
    const data::Snapshot snapshot = take(warehouse.snapshot());
    data::Connection connection = take(engine_.connect());
    must(snapshot.attach(connection));
    ThreadPool pool(1);
    const features::OfflineContext context{.project = project,
                                           .registry = registry,
                                           .snapshot = snapshot,
                                           .connection = connection,
                                           .pool = pool};
    const auto features = features::online_features(registry);
    const auto plan = take(features::OfflinePlan::open(context, features));
    const auto online = take(features::OnlineStore::open(
        plan.plan, {}, features::online_config(project), plan.timezone));
    for (int i = 0; i < 10; ++i) {
      Texts some(customers.begin(), customers.end());
      std::erase(some, "nobody-knows");
      const auto answer = take(online->push(random_sales(random, some, articles, end)));
      ASSERT_TRUE(online->wait_until_folded(answer.end, 60));
    }
    const auto request = take(features::RequestPlan::make(plan.plan, features, {}));
    online_values = read_online(*online, request, customers, moments);
    ASSERT_TRUE(online->checkpoint().ok());
  }

  run({"run", "--select", "pushed_rows", "--quiet"});
  const std::string file = folder_ / "spine.parquet";
  must(connection_.execute(fmt::format("COPY ({}) TO '{}'", spine_sql(customers, moments), file)));
  run({"features", "get", "--spine", file, "--service", "everything", "--out",
       folder_ / "out.parquet"});
  expect_all_loaded(shop_);
  for (const auto& [name, got] : online_values) {
    const Texts want =
        column(fmt::format("SELECT CAST({} AS VARCHAR) FROM read_parquet('{}') ORDER BY number",
                           name, folder_ / "out.parquet"));
    ASSERT_EQ(got.size(), want.size()) << name;
    for (size_t i = 0; i < got.size(); ++i)
      ASSERT_TRUE(same_text(got[i], want[i])) << name << " of " << customers[i % customers.size()]
                                              << ": online " << got[i] << ", offline " << want[i];
  }
}

}  // namespace
}  // namespace coterie::tests
