#include "features/offline/point_in_time.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "features/offline/offline_world_internal.h"

namespace coterie::features {
namespace {

constexpr int64_t kPlenty = int64_t{1} << 30;

PointInTimeReport get(OfflineWorld& world, const std::string& spine, const std::string& out,
                      int threads = 2, int64_t memory_bytes = kPlenty) {
  PointInTimeReport report;
  world.with_context(threads, memory_bytes, [&](const OfflineContext& context) {
    report = take(
        get_point_in_time(context, {.features = take(features_of_service(world.registry, "all")),
                                    .spine = {.file = spine, .time = ""},
                                    .out = out}));
  });
  return report;
}

TEST(PointInTimeTest, EqualsPlainSqlRowByRow) {
  for (const uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    OfflineWorld world(seed);
    const std::string spine = world.write_spine(150);
    const std::string out = world.folder / "out.parquet";
    const PointInTimeReport report = get(world, spine, out);
    EXPECT_EQ(report.rows, 150);
    EXPECT_GT(report.unknown, 0);
    EXPECT_EQ(world.values_in(out), world.naive(spine));
  }
}

TEST(PointInTimeTest, NothingBehindTheMomentChangesAValue) {
  OfflineWorld world(5);
  const std::string spine = world.write_spine(400);
  const std::string early = world.folder / "early.parquet";
  data::Connection connection = take(world.engine.connect());
  must(connection.execute(
      fmt::format("COPY (SELECT * FROM read_parquet('{}') WHERE event_timestamp <= TIMESTAMP "
                  "'2024-02-01' ORDER BY label) TO '{}' (FORMAT parquet)",
                  spine, early)));
  get(world, early, world.folder / "before.parquet");
  world.change_future("2024-02-01");
  get(world, early, world.folder / "after.parquet");
  const auto before = world.values_in(world.folder / "before.parquet");
  EXPECT_GT(before.size(), 100U);
  EXPECT_EQ(before, world.values_in(world.folder / "after.parquet"));
  // The change was no idle one.
  get(world, spine, world.folder / "whole.parquet");
  EXPECT_EQ(world.values_in(world.folder / "whole.parquet"), world.naive(spine));
}

TEST(PointInTimeTest, ADateIsTheEndOfThatDayInTheProjectsZone) {
  OfflineWorld world(13, 10, 50, 10);
  world.project.timezone = "America/New_York";
  world.registry = take(Registry::parse({{"registry.yaml", R"(
registry_version: 1
entities:
  - {name: customer, join_keys: [customer_id]}
sources:
  - name: letters
    sql: SELECT DISTINCT customer_id, DATE '2024-01-10' AS sent FROM transactions
    timestamp_field: sent
features:
  - {name: letters, source: letters, entity: customer, type: numeric,
     aggregation: {function: count, window: lifetime}}
feature_services:
  - {name: all, features: [letters]}
)"}}));
  const std::string spine = world.folder / "spine.parquet";
  data::Connection connection = take(world.engine.connect());
  must(connection.execute(fmt::format(
      "COPY (SELECT 'c1' AS customer_id, unnest([TIMESTAMP '2024-01-11 00:00:00', TIMESTAMP "
      "'2024-01-11 04:59:59.999998', TIMESTAMP '2024-01-11 04:59:59.999999']) AS event_timestamp) "
      "TO '{}' (FORMAT parquet)",
      spine)));
  const std::string out = world.folder / "out.parquet";
  get(world, spine, out);
  std::string counts;
  must(connection.for_each_chunk(
      fmt::format("SELECT letters FROM read_parquet('{}') ORDER BY event_timestamp", out),
      [&](const data::Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row)
          counts += fmt::format("{} ", chunk.column(0).as_int(row));
        return {};
      }));
  EXPECT_EQ(counts, "0 0 1 ");
}

TEST(PointInTimeTest, BytesDoNotDependOnThreads) {
  OfflineWorld world(7);
  const std::string spine = world.write_spine(3000);
  get(world, spine, world.folder / "one.parquet", 1);
  get(world, spine, world.folder / "two.parquet", 2);
  EXPECT_EQ(take(read_file(world.folder / "one.parquet")),
            take(read_file(world.folder / "two.parquet")));
}

TEST(PointInTimeTest, PartitionsOfEntitiesGiveTheSameRowsInTheSameOrder) {
  OfflineWorld world(9);
  const std::string spine = world.write_spine(500);
  const PointInTimeReport whole = get(world, spine, world.folder / "whole.parquet");
  EXPECT_EQ(whole.partitions, 1);
  const PointInTimeReport parts =
      get(world, spine, world.folder / "parts.parquet", 2, int64_t{1} << 16);
  EXPECT_GT(parts.partitions, 1);
  EXPECT_EQ(world.values_in(world.folder / "whole.parquet"),
            world.values_in(world.folder / "parts.parquet"));
}

TEST(PointInTimeTest, FaultsOfTheSpineAreNamed) {
  OfflineWorld world(11, 10, 50, 10);
  const auto error_of = [&](const std::string& select) {
    const std::string spine = world.folder / "bad.parquet";
    data::Connection connection = take(world.engine.connect());
    must(connection.execute(fmt::format("COPY ({}) TO '{}' (FORMAT parquet)", select, spine)));
    std::string text;
    world.with_context(1, kPlenty, [&](const OfflineContext& context) {
      const auto got =
          get_point_in_time(context, {.features = take(features_of_service(world.registry, "all")),
                                      .spine = {.file = spine, .time = ""},
                                      .out = world.folder / "out.parquet"});
      text = got.ok() ? "ok" : got.error().to_text();
    });
    return text.substr(text.find("bad.parquet"));
  };
  EXPECT_EQ(error_of("SELECT 'c1' AS customer, now()::TIMESTAMP AS event_timestamp"),
            "bad.parquet: no column 'customer_id', the join key of entity 'customer'\n"
            "  mend: its columns are customer, event_timestamp");
  EXPECT_EQ(error_of("SELECT 'c1' AS customer_id, 1 AS day"),
            "bad.parquet: no column of times ('event_timestamp')\n"
            "  mend: name it with --timestamp-field");
  EXPECT_EQ(error_of("SELECT 'c1' AS customer_id, '2024-01-01' AS event_timestamp"),
            "bad.parquet: column 'event_timestamp' is VARCHAR, not a time\n"
            "  mend: write timestamps (UTC) or dates");
  EXPECT_EQ(error_of("SELECT 'c1' AS customer_id, NULL::TIMESTAMP AS event_timestamp"),
            "bad.parquet: row 1 has no 'event_timestamp'\n"
            "  mend: give every row a time, or leave the row out");
  EXPECT_EQ(
      error_of("SELECT 'c1' AS customer_id, DATE '2024-01-01' AS event_timestamp, 3 AS spend"),
      "bad.parquet: the spine has a column 'spend', as the feature is called\n"
      "  mend: rename the column");
}

}  // namespace
}  // namespace coterie::features
