// One Lloyd's iteration, at the sizes that docs/benchmarks.md compares with scikit-learn.
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/hash.h"
#include "math/roofline.h"
#include "models/segment/kmeans_internal.h"

namespace coterie::segment {
namespace {

ThreadPool& pool() {
  static ThreadPool instance(static_cast<int>(std::thread::hardware_concurrency()));
  return instance;
}

const math::Roofline& roofline() {
  static const math::Roofline measured = math::measure_roofline(pool());
  return measured;
}

ScaledTable random_table(int64_t rows, int d) {
  ScaledTable table;
  table.rows = rows;
  table.d = d;
  table.values.resize(static_cast<size_t>(rows) * d);
  table.norms.assign(static_cast<size_t>(rows), 0.0F);
  for (size_t i = 0; i < table.values.size(); ++i) {
    table.values[i] = static_cast<float>(mix64(i) >> 40) / 8388608.0F - 1.0F;
  }
  return table;
}

void lloyd_iteration(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const auto d = static_cast<int>(state.range(1));
  const auto k = static_cast<int>(state.range(2));
  const ScaledTable table = random_table(rows, d);
  const std::vector<float> centres(table.values.begin(), table.values.begin() + int64_t{k} * d);
  std::vector<int32_t> labels(static_cast<size_t>(rows), -1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(assign_and_sum(table, centres, k, labels, pool()));
  }
  const double flops = 2.0 * static_cast<double>(rows) * d * k;
  const double bytes = 4.0 * static_cast<double>(rows) * (d + 2);
  const double least = math::roofline_seconds(roofline(), flops, bytes);
  state.counters["GFLOP/s"] =
      benchmark::Counter(flops / 1e9, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["roofline_share"] =
      benchmark::Counter(least, benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(lloyd_iteration)
    ->Args({1'000'000, 16, 7})
    ->Args({1'000'000, 128, 100})
    ->Args({1'370'000, 24, 8})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace coterie::segment
