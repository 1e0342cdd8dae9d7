// The warehouse at the scale that must be comfortable: 31.7M transactions of 1.37M customers and
// 105k articles over two years. Folders are made below TMPDIR: commits and daily parts show that
// disk's time to sync, so state it with the figures.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include "base/clock.h"
#include "base/resources.h"
#include "base/temporary_folder.h"
#include "base/test_results.h"
#include "data/engine/engine.h"
#include "data/warehouse/warehouse.h"

namespace coterie::data {
namespace {

constexpr int64_t kFullScale = 31'700'000;
constexpr int32_t kFirstDay = 17'794;  // 2018-09-20
constexpr int32_t kDays = 734;

// A warehouse and, in the connection, `source`: transactions by day.
struct World {
  explicit World(int64_t rows) {
    must(connection.execute(fmt::format(
        "create temp table source as select (hash(i) % 1370000)::integer as customer_id, "
        "(hash(i * 7) % 105000)::integer as article_id, date '1970-01-01' + ({} + i * {} // "
        "{})::integer as t_dat, (((hash(i * 3) % 9900) + 100) / 100)::decimal(18, 2) as price, "
        "(i % 2 + 1)::tinyint as sales_channel_id from range({}) r(i)",
        kFirstDay, kDays, std::max<int64_t>(rows, 1), rows)));
  }
  int64_t write() {
    WriteTransaction transaction = take(warehouse.begin("bench"));
    take(transaction.replace("transactions", connection, "from source", {.day_column = "t_dat"}));
    return take(transaction.commit());
  }
  TemporaryFolder folder;
  Engine engine = take(Engine::open(
      {.threads = 2, .memory_bytes = int64_t{4} << 30, .temporary_folder = folder / "spill"}));
  Connection connection = take(engine.connect());
  Warehouse warehouse = take(Warehouse::open(folder / "warehouse"));
};

void commit_of_a_mark(benchmark::State& state) {
  World world(0);
  int64_t n = 0;
  for (auto _ : state) {
    WriteTransaction transaction = take(world.warehouse.begin("bench"));
    transaction.set_mark("offset", std::to_string(++n));
    take(transaction.commit());
  }
}
BENCHMARK(commit_of_a_mark)->Unit(benchmark::kMillisecond)->UseRealTime();

void append_of_a_daily_part(benchmark::State& state) {
  World world(state.range(0));
  for (auto _ : state) {
    WriteTransaction transaction = take(world.warehouse.begin("bench"));
    take(transaction.append("transactions", world.connection, "from source",
                            {.day_column = "t_dat"}));
    take(transaction.commit());
  }
  state.counters["rows"] = static_cast<double>(state.range(0));
}
BENCHMARK(append_of_a_daily_part)
    ->Arg(2'000)
    ->Arg(43'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void snapshot_and_attach(benchmark::State& state) {
  World world(100);
  for (int64_t i = 0; i < state.range(0); ++i) {
    WriteTransaction transaction = take(world.warehouse.begin("bench"));
    take(transaction.append("transactions", world.connection, "from source"));
    take(transaction.commit());
  }
  for (auto _ : state) {
    const Snapshot snapshot = take(world.warehouse.snapshot());
    Connection connection = take(world.engine.connect());
    must(snapshot.attach(connection));
    benchmark::DoNotOptimize(take(connection.scalar_int("select count(*) from transactions")));
  }
}
BENCHMARK(snapshot_and_attach)
    ->ArgName("parts")
    ->Arg(1)
    ->Arg(500)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void write_transactions(benchmark::State& state) {
  World world(state.range(0));
  const int64_t before = peak_rss_bytes();
  for (auto _ : state) world.write();
  const Snapshot snapshot = take(world.warehouse.snapshot());
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["file_MB"] = static_cast<double>(snapshot.table("transactions")->bytes) / 1e6;
  // Beyond what the source itself takes in memory.
  state.counters["peak_MB_more"] = static_cast<double>(peak_rss_bytes() - before) / 1e6;
}
BENCHMARK(write_transactions)
    ->Arg(1'000'000)
    ->Arg(kFullScale)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void replace_a_day_of_a_bulk_part(benchmark::State& state) {
  World world(state.range(0));
  world.write();
  const std::string day =
      fmt::format("from source where t_dat = date '1970-01-01' + {}", kFirstDay + kDays / 2);
  for (auto _ : state) {
    WriteTransaction transaction = take(world.warehouse.begin("bench"));
    take(transaction.replace_days("transactions", world.connection, day, kFirstDay + kDays / 2,
                                  kFirstDay + kDays / 2));
    take(transaction.commit());
  }
}
BENCHMARK(replace_a_day_of_a_bulk_part)
    ->Arg(kFullScale)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void query(benchmark::State& state, const char* sql) {
  World world(state.range(0));
  world.write();
  const Snapshot snapshot = take(world.warehouse.snapshot());
  Connection connection = take(world.engine.connect());
  must(snapshot.attach(connection));
  for (auto _ : state) benchmark::DoNotOptimize(take(connection.scalar_int(sql)));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(query, scan_sum, "select sum(price)::bigint from transactions")
    ->Arg(kFullScale)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(query, group_by_article,
                  "select max(s)::bigint from (select article_id, sum(price) as s from "
                  "transactions group by 1)")
    ->Arg(kFullScale)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(query, one_day,
                  "select sum(price)::bigint from transactions where t_dat = date '2019-09-20'")
    ->Arg(kFullScale)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Facts with the 64-character ids that the source has, against codes of a dictionary.
constexpr const char* kTextIds =
    "select sha256(customer_id::varchar) as customer_id, lpad(article_id::varchar, 10, '0') as "
    "article_id, t_dat, price, sales_channel_id from source";

void ids_as_text(benchmark::State& state) {
  World world(state.range(0));
  must(world.connection.execute(std::string("create temp table texts as ") + kTextIds));
  WriteTransaction transaction = take(world.warehouse.begin("bench"));
  take(transaction.replace("transactions", world.connection, "from texts"));
  take(transaction.commit());
  const Snapshot snapshot = take(world.warehouse.snapshot());
  Connection connection = take(world.engine.connect());
  must(snapshot.attach(connection));
  for (auto _ : state) {
    benchmark::DoNotOptimize(take(connection.scalar_int(
        "select count(*) from (select customer_id, article_id, count(*), sum(price) from "
        "transactions group by all)")));
  }
  state.counters["file_MB"] = static_cast<double>(snapshot.table("transactions")->bytes) / 1e6;
}
BENCHMARK(ids_as_text)->Arg(4'000'000)->Unit(benchmark::kMillisecond)->UseRealTime();

void write_encoded(World& world) {
  WriteTransaction transaction = take(world.warehouse.begin("bench"));
  Connection& connection = world.connection;
  must(transaction.encode_ids("customer", connection, "select customer_id from texts"));
  must(transaction.encode_ids("article", connection, "select article_id from texts"));
  take(transaction.replace(
      "transactions", connection,
      "select c.code as customer_id, a.code as article_id, t_dat, price, sales_channel_id from "
      "texts t left join facts.dict_customer c on c.id = t.customer_id left join "
      "facts.dict_article a on a.id = t.article_id",
      {.entities = {{"customer_id", "customer"}, {"article_id", "article"}}}));
  take(transaction.commit());
}

void encode_and_write(benchmark::State& state) {
  World world(state.range(0));
  must(world.connection.execute(std::string("create temp table texts as ") + kTextIds));
  for (auto _ : state) write_encoded(world);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(encode_and_write)->Arg(4'000'000)->Unit(benchmark::kMillisecond)->UseRealTime();

void ids_as_codes(benchmark::State& state, const char* schema) {
  World world(state.range(0));
  must(world.connection.execute(std::string("create temp table texts as ") + kTextIds));
  write_encoded(world);
  const Snapshot snapshot = take(world.warehouse.snapshot());
  Connection connection = take(world.engine.connect());
  must(snapshot.attach(connection));
  for (auto _ : state) {
    benchmark::DoNotOptimize(take(connection.scalar_int(
        fmt::format("select count(*) from (select customer_id, article_id, count(*), sum(price) "
                    "from {}.transactions group by all)",
                    schema))));
  }
  state.counters["file_MB"] = static_cast<double>(snapshot.table("transactions")->bytes) / 1e6;
}
BENCHMARK_CAPTURE(ids_as_codes, facts, "facts")
    ->Arg(4'000'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(ids_as_codes, restored, "main")
    ->Arg(4'000'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// The formats that the warehouse could have used for its parts.
void format_of_parts(benchmark::State& state, const char* options) {
  World world(state.range(0));
  const std::string path = world.folder / "part.parquet";
  double write_s = 0;
  for (auto _ : state) {
    const Stopwatch watch;
    must(world.connection.execute(
        fmt::format("copy source to {} (format parquet, {})", quote_text(path), options)));
    write_s += watch.seconds();
    const std::string from = "read_parquet(" + quote_text(path) + ")";
    benchmark::DoNotOptimize(take(world.connection.scalar_int(
        "select max(s)::bigint from (select article_id, sum(price) as s from " + from +
        " group by 1)")));
  }
  state.counters["write_ms"] = write_s * 1e3 / static_cast<double>(state.iterations());
  state.counters["file_MB"] = static_cast<double>(std::filesystem::file_size(path)) / 1e6;
}
BENCHMARK_CAPTURE(format_of_parts, zstd_v2,
                  "compression zstd, parquet_version v2, row_group_size 122880")
    ->Arg(kFullScale)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(format_of_parts, zstd_v1, "compression zstd, row_group_size 122880")
    ->Arg(kFullScale)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(format_of_parts, snappy_v2,
                  "compression snappy, parquet_version v2, row_group_size 122880")
    ->Arg(kFullScale)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(format_of_parts, zstd_v2_groups_of_8192,
                  "compression zstd, parquet_version v2, row_group_size 8192")
    ->Arg(kFullScale)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace coterie::data
