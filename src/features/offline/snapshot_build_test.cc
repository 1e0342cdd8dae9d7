#include "features/offline/snapshot_build.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "features/offline/offline_world_internal.h"
#include "features/offline/point_in_time.h"

namespace coterie::features {
namespace {

constexpr int64_t kPlenty = int64_t{1} << 30;
constexpr int32_t kDay = 19'753;  // 2024-01-31

struct Built {
  SnapshotStats stats;
  std::vector<std::string> newly_fitted;
  FittedSet fitted;
};

// With `fitted` the statistics are left in the warehouse, as the step does.
Built build(OfflineWorld& world, int32_t day, const std::string& out, int threads = 2,
            int64_t memory_bytes = kPlenty, bool keep = false) {
  Built built;
  world.with_context(threads, memory_bytes, [&](const OfflineContext& context) {
    const Entity& entity = *world.registry.entity("customer");
    SnapshotBuild snapshot =
        take(SnapshotBuild::open(context, entity, snapshot_features(world.registry, entity), day));
    take(snapshot.write(out, {.updated_at = 0, .model_version = "m", .run_id = "r"}));
    built = {snapshot.stats(), snapshot.newly_fitted(), snapshot.fitted()};
  });
  if (keep) {
    data::WriteTransaction transaction = take(world.warehouse.begin("run"));
    for (const std::string& reference : built.newly_fitted)
      transaction.set_mark(kFittedMark + reference, built.fitted.to_text(reference));
    take(transaction.commit());
  }
  return built;
}

int64_t count(OfflineWorld& world, const std::string& select) {
  data::Snapshot snapshot = take(world.warehouse.snapshot());
  data::Connection connection = take(world.engine.connect());
  must(snapshot.attach(connection));
  return take(connection.scalar_int(select));
}

TEST(SnapshotBuildTest, IsThePointInTimeSetOfItsDaysEnd) {
  OfflineWorld world(21);
  const std::string out = world.folder / "snapshot.parquet";
  build(world, kDay, out);
  const std::string spine = world.folder / "members.parquet";
  data::Connection connection = take(world.engine.connect());
  data::Snapshot snapshot = take(world.warehouse.snapshot());
  must(snapshot.attach(connection));
  must(connection.execute(fmt::format(
      "COPY (SELECT row_number() OVER () AS label, d.id AS customer_id, DATE '2024-01-31' AS "
      "event_timestamp FROM read_parquet('{}') s JOIN facts.dict_customer d ON d.code = "
      "s.customer_id ORDER BY label) TO '{}' (FORMAT parquet)",
      out, spine)));
  const std::string set = world.folder / "set.parquet";
  world.with_context(2, kPlenty, [&](const OfflineContext& context) {
    take(get_point_in_time(context, {.features = take(features_of_service(world.registry, "all")),
                                     .spine = {.file = spine, .time = ""},
                                     .out = set}));
  });
  std::string columns = "NULL";
  for (const FeatureDefinition* feature : take(features_of_service(world.registry, "all")))
    columns += ", " + feature->name;
  const auto differing = [&](const std::string& a, const std::string& b) {
    return count(world,
                 fmt::format("SELECT count(*) FROM (SELECT {0} FROM read_parquet('{1}') EXCEPT "
                             "ALL SELECT {0} FROM read_parquet('{2}'))",
                             columns, a, b));
  };
  EXPECT_EQ(differing(out, set), 0);
  EXPECT_EQ(differing(set, out), 0);
  EXPECT_EQ(count(world, fmt::format("SELECT count(*) FROM read_parquet('{}')", out)), 40);
}

TEST(SnapshotBuildTest, BytesDependOnNeitherThreadsNorPartitions) {
  OfflineWorld world(23, 300, 4000);
  const std::string one = world.folder / "one.parquet", two = world.folder / "two.parquet";
  build(world, kDay, one, 1);
  build(world, kDay, two, 2);
  EXPECT_EQ(take(read_file(one)), take(read_file(two)));
  const std::string parts = world.folder / "parts.parquet";
  EXPECT_GT(build(world, kDay, parts, 2, int64_t{1} << 16).stats.partitions, 1);
  for (const auto& [a, b] : {std::pair(one, parts), std::pair(parts, one)}) {
    EXPECT_EQ(
        count(world, fmt::format("SELECT count(*) FROM (FROM read_parquet('{}') EXCEPT ALL FROM "
                                 "read_parquet('{}'))",
                                 a, b)),
        0);
  }
}

TEST(SnapshotBuildTest, EncodingsFollowTheDayOrTheVersion) {
  OfflineWorld world(25, 200, 5000);
  const std::string first = world.folder / "first.parquet";
  const Built early = build(world, kDay - 10, first, 2, kPlenty, true);
  EXPECT_EQ(early.newly_fitted.size(), 3U);
  // Quintiles: 1 + floor(5 x worse / n), ties share.
  EXPECT_EQ(
      count(world,
            fmt::format("SELECT count(*) FROM (SELECT spend_bucket, 1 + 5 * (rank() OVER (ORDER "
                        "BY spend) - 1) // count(*) OVER () AS expected FROM read_parquet('{}') "
                        "WHERE spend IS NOT NULL) WHERE spend_bucket <> expected",
                        first)),
      0);
  EXPECT_EQ(
      count(world, fmt::format("SELECT round(1000 * (avg(buys_scaled) + stddev_samp(buys_scaled)"
                               "))::BIGINT FROM read_parquet('{}')",
                               first)),
      1000);
  EXPECT_EQ(
      count(world, fmt::format("SELECT max(len(channel_shares)) FROM read_parquet('{}')", first)),
      2);
  // Ten days later the buckets describe the new population, the scale is still the first one.
  const Built late = build(world, kDay, world.folder / "late.parquet");
  EXPECT_EQ(late.newly_fitted, std::vector<std::string>{"spend_bucket@1"});
  EXPECT_EQ(late.fitted.all().at("spend_bucket@1").size(), 2U);
  EXPECT_EQ(late.fitted.all().at("buys_scaled@1").size(), 1U);
}

TEST(SnapshotBuildTest, BeforeTheFirstEventOnlyStaticRowsAreThere) {
  OfflineWorld world(27);
  const std::string out = world.folder / "early.parquet";
  const Built built = build(world, kDay - 400, out);
  EXPECT_EQ(built.stats.rows, 40);
  EXPECT_EQ(
      count(world, fmt::format("SELECT count(*) FROM read_parquet('{}') WHERE buys = 0 AND spend "
                               "IS NULL AND age IS NOT NULL",
                               out)),
      40);
}

}  // namespace
}  // namespace coterie::features
