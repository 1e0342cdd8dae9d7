// Makes a world, and compares the Parquet writer with the way over DuckDB's appender:
//   build/release/bin/synth_bench --benchmark_counters_tabular=true

#include <filesystem>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/temporary_folder.h"
#include "data/engine/engine.h"
#include "math/random.h"
#include "synth/columns.h"
#include "synth/retail.h"

namespace coterie::synth {
namespace {

// 20,000 customers; items per second are rows of all tables.
void retail_world(benchmark::State& state) {
  ThreadPool pool(static_cast<int>(state.range(0)));
  const auto progress = make_progress(ProgressMode::kSilent);
  int64_t rows = 0, bytes = 0;
  for (auto _ : state) {
    const TemporaryFolder folder;
    const Result<SynthReport> report =
        synthesize_retail({.folder = folder.path()}, pool, *progress);
    if (!report.ok()) return state.SkipWithError(report.error().to_text().c_str());
    for (const SynthesizedTable& table : report->tables) {
      rows += table.rows;
      bytes += table.bytes;
    }
  }
  state.SetItemsProcessed(rows);
  state.SetBytesProcessed(bytes);
}
BENCHMARK(retail_world)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

constexpr int64_t kRows = 500'000;

// Rows like those of `events`.
struct EventRows {
  EventRows() {
    math::RandomStream stream(1, 1, 1);
    for (int64_t i = 0; i <= kRows / 50; ++i) customers.add(fmt::format("{:016x}", stream.next()));
    for (int64_t i = 0; i <= kRows / 7; ++i) sessions.add(fmt::format("S{:011x}", i));
    for (int i = 0; i < 30'000; ++i) articles.add(fmt::format("0{:09d}", 100'000'000 + 37 * i));
    for (const char* kind : {"view", "click", "cart", "buy", "session_start"}) kinds.add(kind);
    columns = {{.name = "customer_id", .texts = &customers},
               {.name = "session_id", .texts = &sessions},
               {.name = "event_type", .texts = &kinds},
               {.name = "article_id", .texts = &articles},
               {.name = "created_at", .type = ColumnType::kTimestamp}};
    int64_t at = 1'700'000'000'000'000;
    for (int64_t i = 0; i < kRows; ++i) {
      columns[0].codes.push_back(static_cast<uint32_t>(i / 50));
      columns[1].codes.push_back(static_cast<uint32_t>(i / 7));
      columns[2].codes.push_back(stream.below(kinds.size()));
      columns[3].codes.push_back(stream.below(articles.size()));
      columns[4].integers.push_back(at += stream.below(90'000'000));
    }
  }
  TextTable customers, sessions, articles, kinds;
  std::vector<Column> columns;
};

const EventRows& event_rows() {
  static const EventRows rows;
  return rows;
}

void write_events(benchmark::State& state) {
  const EventRows& rows = event_rows();
  size_t bytes = 0;
  for (auto _ : state) bytes = encode_parquet(rows.columns).size();
  state.SetItemsProcessed(state.iterations() * kRows);
  state.counters["bytes_a_row"] = static_cast<double>(bytes) / kRows;
}
BENCHMARK(write_events)->Unit(benchmark::kMillisecond);

Status append_and_copy(data::Connection& connection, const std::string& path) {
  const EventRows& rows = event_rows();
  RETURN_IF_ERROR(connection.execute(
      "create or replace table e(customer_id varchar, session_id varchar, event_type varchar, "
      "article_id varchar, created_at timestamp)"));
  ASSIGN_OR_RETURN(data::Appender appender, connection.append_to("e"));
  for (size_t i = 0; i < kRows; ++i) {
    for (size_t c = 0; c < 4; ++c) {
      const Column& column = rows.columns[c];
      RETURN_IF_ERROR(appender.add(column.texts->at(column.codes[i])));
    }
    RETURN_IF_ERROR(appender.add_micros(rows.columns[4].integers[i]));
    RETURN_IF_ERROR(appender.end_row());
  }
  RETURN_IF_ERROR(appender.close());
  return connection.execute(
      fmt::format("copy e to '{}' (format parquet, compression uncompressed)", path));
}

void write_events_with_duckdb(benchmark::State& state) {
  const TemporaryFolder folder;
  data::Connection connection = *data::Engine::open({})->connect();
  event_rows();
  for (auto _ : state) {
    const Status written = append_and_copy(connection, folder / "e.parquet");
    if (!written.ok()) return state.SkipWithError(written.error().to_text().c_str());
  }
  state.SetItemsProcessed(state.iterations() * kRows);
  state.counters["bytes_a_row"] =
      static_cast<double>(std::filesystem::file_size(folder / "e.parquet")) / kRows;
}
BENCHMARK(write_events_with_duckdb)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace coterie::synth
