// One Lloyd's iteration, at the sizes that docs/benchmarks.md compares with scikit-learn.
#include <vector>

#include <benchmark/benchmark.h>

#include "base/hash.h"
#include "math/bench_machine.h"
#include "models/segment/kmeans_internal.h"
#include "models/segment/kmeans_pass_internal.h"

namespace coterie::segment {
namespace {

ScaledTable random_table(int64_t rows, int d) {
  ScaledTable table;
  table.rows = rows;
  table.d = d;
  table.values = RowMemory(static_cast<size_t>(rows) * d);
  table.norms.assign(static_cast<size_t>(rows), 0.0F);
  for (size_t i = 0; i < table.values.size(); ++i) {
    table.values[i] = static_cast<float>(mix64(i) >> 40) / 8388608.0F - 1.0F;
    table.norms[i / static_cast<size_t>(d)] += table.values[i] * table.values[i];
  }
  return table;
}

// `moved`: a centre far from all rows goes to and fro, so that every row must be looked at though
// none changes its label; or no centre moves, so that no row is looked at.
void lloyd_iteration(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const auto d = static_cast<int>(state.range(1));
  const auto k = static_cast<int>(state.range(2));
  const bool moved = state.range(3) != 0;
  const ScaledTable table = random_table(rows, d);
  std::vector<float> centres(table.row(0), table.row(k));
  centres.back() = 1000;
  LloydPasses passes(table, k);
  passes.run(centres, math::bench_pool());
  float step = 100;
  for (auto _ : state) {
    if (moved) centres.back() += step;
    step = -step;
    passes.run(centres, math::bench_pool());
  }
  const double looked_at = static_cast<double>(passes.rows_looked_at());
  const double flops = 2.0 * looked_at * d * k;
  const double bytes = 8.0 * static_cast<double>(rows) + 4.0 * looked_at * (d + 2);
  const double least = math::roofline_seconds(math::bench_roofline(), flops, bytes);
  state.counters["GFLOP/s"] =
      benchmark::Counter(flops / 1e9, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["roofline_share"] =
      benchmark::Counter(least, benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(lloyd_iteration)
    ->ArgNames({"rows", "d", "k", "moved"})
    ->Args({1'000'000, 16, 7, 1})
    ->Args({1'000'000, 16, 7, 0})
    ->Args({1'000'000, 128, 100, 1})
    ->Args({1'370'000, 24, 8, 1})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace coterie::segment
