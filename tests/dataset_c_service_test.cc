// The registry that `coterie datasets C --registry` prints, over single rows of all times, says of
// every customer what the table dataset_c_customers says, at the end of the last day and, where the
// project's `as_of` is an earlier one, at that day's. (datasets_test.cc holds the table against an
// oracle.)

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/sanitized.h"
#include "base/test_results.h"
#include "data/datasets/dataset_c_registry.h"
#include "data/datasets/random_world_internal.h"
#include "dataset_worlds.h"
#include "features/offline/snapshot_build.h"
#include "run_program.h"
#include "shop.h"

namespace coterie {
namespace {

using data::testing::World;
using data::testing::WorldWarehouse;

// What a column that the service lacks may say: nothing, or what follows from there being no data.
void expect_null(data::Connection& connection, std::string_view column) {
  EXPECT_EQ(take(connection.scalar_int(
                fmt::format("SELECT count({}) FROM facts.dataset_c_customers", column))),
            0)
      << column << " is no feature, but the table has values";
}

// One line a customer whose value differs.
std::string differences(data::Connection& connection, const std::string& file,
                        const std::string& column) {
  std::string lines;
  must(connection.for_each_chunk(
      fmt::format("SELECT concat(coalesce(t.customer_id, f.customer_id), ': table ', t.{0}, "
                  "' feature ', f.{0}) FROM facts.dataset_c_customers t FULL JOIN "
                  "read_parquet('{1}') f USING (customer_id) WHERE t.{0} IS DISTINCT FROM f.{0} OR "
                  "(t.customer_id IS NULL) <> (f.customer_id IS NULL) ORDER BY 1",
                  column, file),
      [&](const data::Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row)
          lines += std::string(chunk.column(0).as_text(row)) + "\n";
        return {};
      }));
  return lines;
}

// Returns how many customers there are.
int64_t expect_service_equals_table(WorldWarehouse& house, const World& world, int threads,
                                    int64_t memory_bytes) {
  const data::Snapshot snapshot = take(house.warehouse.snapshot());
  if (!snapshot.has("dataset_c_customers")) return 0;
  data::Connection connection = take(house.engine.connect());
  must(snapshot.attach(connection));
  const data::DatasetCRegistry definition =
      take(data::dataset_c_registry(world.project, snapshot, connection));
  SCOPED_TRACE(definition.text);
  // What is asked as of an earlier day is defined by everything that there is now.
  data::Project today = world.project;
  today.as_of.clear();
  EXPECT_EQ(take(data::dataset_c_registry(today, snapshot, connection)).text, definition.text);
  const features::Registry registry =
      take(features::Registry::parse({{"dataset_c.yaml", definition.text}}));
  ThreadPool pool(threads);
  const features::OfflineContext context{.project = world.project,
                                         .registry = registry,
                                         .snapshot = snapshot,
                                         .connection = connection,
                                         .pool = pool,
                                         .memory_bytes = memory_bytes};
  const features::Entity& customer = *registry.entity("customer");
  features::SnapshotBuild build = take(features::SnapshotBuild::open(
      context, customer, features::snapshot_features(registry, customer), definition.today));
  const std::string file = house.folder / "service.parquet";
  take(build.write(file, {}));
  const features::FeatureService* service = registry.service("dataset_c");
  for (const data::DatasetColumn& column : data::find_dataset('C')->tables[0].columns) {
    const std::string name(column.name);
    if (name == "customer_id") continue;
    const bool member =
        service != nullptr && std::ranges::find(service->features, name) != service->features.end();
    if (!member) {
      expect_null(connection, name);
    } else {
      EXPECT_EQ(differences(connection, file, name), "") << "column " << name;
    }
  }
  return build.stats().rows;
}

TEST(DatasetCService, EqualsTheTableOnRandomProjects) {
  int64_t customers = 0;
  int earlier = 0;
  constexpr uint64_t last = if_sanitized(6, 30);
  for (uint64_t seed = 1; seed <= last; ++seed) {
    std::mt19937_64 random(seed);
    data::testing::WorldSize size;
    size.days = seed % 4 == 0 ? 420 : 60;
    size.everything = seed % 5 == 0;
    const World world = data::testing::random_world(random, size);
    SCOPED_TRACE(data::testing::describe(world, seed));
    WorldWarehouse house;
    house.load(world);
    data::testing::build_all(house, world.project, {}, "AC");
    // Now and then in partitions of few customers.
    customers += expect_service_equals_table(house, world, 1 + static_cast<int>(seed % 2),
                                             seed % 3 == 0 ? 20'000 : int64_t{1} << 30);
    earlier += world.project.as_of.empty() ? 0 : 1;
    if (HasFailure()) return;
  }
  EXPECT_GT(customers, 5 * static_cast<int64_t>(last));
  EXPECT_GT(earlier, 0);
}

// As a user has it: the printed registry is valid as a file of the project, and its snapshot says
// what the table says, under the customers' own ids.
TEST(DatasetCService, PrintedRegistryBuildsTheSameColumns) {
  TemporaryFolder folder;
  const std::string shop = tests::Shop::copy_finished(folder / "shop");
  const tests::Outcome printed = tests::coterie({"datasets", "C", "--registry"}, shop);
  ASSERT_EQ(printed.status, 0) << printed.err;
  const nlohmann::json document = tests::coterie_json({"datasets", "C", "--registry"}, shop);
  EXPECT_EQ(document["registry"], printed.out);
  std::filesystem::create_directory(shop + "/feature_store");
  tests::write_text(shop + "/feature_store/dataset_c.yaml", printed.out);
  const tests::Outcome valid = tests::coterie({"features", "validate"}, shop);
  EXPECT_EQ(valid.status, 0) << valid.all();
  EXPECT_EQ(tests::coterie({"features", "build"}, shop).status, 0);
  std::string table, features;
  for (const data::DatasetColumn& column : data::find_dataset('C')->tables[0].columns) {
    table += fmt::format("{}t.{}", table.empty() ? "" : ", ", column.name);
    features += fmt::format("{}f.{}", features.empty() ? "" : ", ", column.name);
  }
  const nlohmann::json rows = tests::coterie_json(
      {"sql", fmt::format("select count(*) as customers, count(*) filter (where ({}) is distinct "
                          "from ({})) as different from dataset_c_customers t full join "
                          "customer_user_features f using (customer_id)",
                          table, features)},
      shop);
  EXPECT_GE(rows[0]["customers"], tests::kShopCustomers);
  EXPECT_EQ(rows[0]["different"], 0);
}

TEST(DatasetCService, IsOfDatasetCAlone) {
  const tests::Outcome refused =
      tests::coterie({"datasets", "A", "--registry"}, tests::Shop::finished());
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, testing::HasSubstr("only dataset C is a feature service"));
  EXPECT_THAT(refused.err, testing::HasSubstr("coterie datasets C --registry"));
}

}  // namespace
}  // namespace coterie
