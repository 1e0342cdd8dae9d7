// The shipped features see nothing of the future: a shop whose tables end on a day, and the same
// shop half a year later, have the same values as of moments up to that day. What SQL sources
// compute over all rows (running prices, carts that were settled) would show here.

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_results.h"
#include "data/engine/engine.h"
#include "shop.h"

namespace coterie::tests {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEnd = "2025-03-31";

struct TimedRole {
  const char* name;
  const char* column;
};
constexpr TimedRole kRoles[] = {
    {"transactions", "t_dat"},   {"events", "created_at"},   {"sessions", "ended_at"},
    {"cart", "created_at"},      {"wishlist", "created_at"}, {"reviews", "created_at"},
    {"stock", "date"},           {"orders", "created_at"},   {"competitor_prices", "date"},
    {"promotions", "start_date"}};

// What a leak looks like: how often the article was sold, also on days to come.
constexpr const char* kPeeking = R"(registry_version: 1
sources:
  - name: peeking
    timestamp_field: t_dat
    sql: |
      SELECT customer_id, t_dat, count(*) OVER (PARTITION BY article_id) AS sold
      FROM facts.transactions
features:
  - {name: leak, entity: customer, source: peeking, transformation: lifetime_max, column: sold}
)";

class Leakage : public testing::Test {
 protected:
  Leakage() : engine_(take(data::Engine::open({}))), connection_(take(engine_.connect())) {}

  void cut(const std::string& shop) {
    for (const TimedRole& role : kRoles) {
      const std::string rows = fmt::format("{}/raw/{}", shop, role.name);
      must(connection_.execute(fmt::format(
          "COPY (SELECT * FROM read_parquet('{0}/*.parquet') WHERE {1} < DATE '{2}' + 1) TO "
          "'{0}.cut' (FORMAT parquet)",
          rows, role.column, kEnd)));
      fs::remove_all(rows);
      fs::create_directory(rows);
      fs::rename(rows + ".cut", rows + "/part-00000.parquet");
    }
  }

  // Everybody at three moments, the last of them the end of the shorter shop.
  void write_spine(const std::string& shop, const std::string& key, const std::string& role,
                   const std::string& path) {
    must(connection_.execute(fmt::format(
        "COPY (SELECT {0}, event_timestamp FROM read_parquet('{1}/raw/{2}/*.parquet'), "
        "(SELECT unnest([TIMESTAMP '2024-11-15 12:30:00', TIMESTAMP '2025-03-01 00:00:00', "
        "TIMESTAMP '{3} 23:59:59.999999']) AS event_timestamp) ORDER BY ALL) TO '{4}'",
        key, shop, role, kEnd, path)));
  }

  int64_t count(const std::string& select) {
    return take(connection_.scalar_int("SELECT count(*) FROM (" + select + ")"));
  }

  data::Engine engine_;
  data::Connection connection_;
};

// Fitted encodings know the day on which they were fitted, and those days differ here.
std::vector<std::string> plain_features(const std::string& shop, const std::string& entity) {
  std::vector<std::string> names;
  std::set<std::string> fitted;
  for (const auto& feature : coterie_json({"features", "list", "--entity", entity}, shop)) {
    const auto name = feature["name"].get<std::string>();
    bool plain = !feature.contains("group_count") &&
                 feature["value"].get<std::string>().find("percentile_bucket") == std::string::npos;
    for (const auto& input : feature.value("inputs", nlohmann::json::array())) {
      plain = plain && !fitted.contains(input.get<std::string>());
    }
    if (plain) {
      names.push_back(name);
    } else {
      fitted.insert(name);
    }
  }
  return names;
}

TEST_F(Leakage, ShippedFeaturesDoNotSeeTheFuture) {
  const TemporaryFolder folder;
  const std::string full = Shop::copy_fresh(folder / "full");
  const std::string shorter = Shop::copy_fresh(folder / "shorter");
  cut(shorter);
  for (const std::string& shop : {full, shorter}) {
    const Outcome loaded = coterie({"run", "--select", "ingest", "--quiet"}, shop);
    ASSERT_EQ(loaded.status, 0) << loaded.all();
  }
  ASSERT_EQ(coterie({"features", "init"}, full).status, 0);
  write_text(full + "/feature_store/leak.yaml", kPeeking);
  fs::copy(full + "/feature_store", shorter + "/feature_store", fs::copy_options::recursive);

  for (const auto& [entity, role] : {std::pair{"customer", "customers"}, {"article", "items"}}) {
    const std::string spine = fmt::format("{}/{}.parquet", folder.path(), entity);
    write_spine(full, fmt::format("{}_id", entity), role, spine);
    std::vector<std::string> arguments = {"features", "get", "--spine", spine, "--out", ""};
    const std::vector<std::string> names = plain_features(full, entity);
    ASSERT_GT(names.size(), 25u);
    for (const std::string& name : names) arguments.insert(arguments.end(), {"--feature", name});
    std::vector<std::string> files;
    for (const std::string& shop : {full, shorter}) {
      files.push_back(fmt::format("{}/{}-{}.parquet", folder.path(), files.size(), entity));
      arguments[5] = files.back();
      const Outcome got = coterie(arguments, shop);
      ASSERT_EQ(got.status, 0) << got.all();
    }
    EXPECT_EQ(count(fmt::format("FROM '{}'", files[0])), count(fmt::format("FROM '{}'", spine)));
    for (const std::string& name : names) {
      const std::string column = fmt::format("{}_id, event_timestamp, {}", entity, name);
      const int64_t different = count(fmt::format(
          "SELECT {0} FROM '{1}' EXCEPT ALL SELECT {0} FROM '{2}'", column, files[0], files[1]));
      EXPECT_EQ(different > 0, name == "leak") << name << " differs in " << different << " rows";
      EXPECT_GT(count(fmt::format("FROM '{}' WHERE {} IS NOT NULL", files[0], name)), 20) << name;
    }
    // A set replaces neither the labels it is made for nor what the warehouse holds.
    arguments[5] = spine;
    EXPECT_NE(coterie(arguments, full).all().find("would overwrite an input"), std::string::npos);
    arguments[5] = "warehouse/transactions/set.parquet";
    EXPECT_NE(coterie(arguments, full).all().find("is inside of the warehouse"), std::string::npos);
    arguments[5] = "coterie.yaml";
    EXPECT_NE(coterie(arguments, full).all().find("name a file that ends in .parquet"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace coterie::tests
