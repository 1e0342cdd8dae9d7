// The 100 best of 105,000 items for blocks of users, fused with the product.
#include <algorithm>
#include <cmath>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/hash.h"
#include "math/bench_machine.h"
#include "math/isa.h"
#include "math/topk.h"

namespace coterie::math {
namespace {

// Rows whose norms fall like those of a trained model's items when `tail` > 0.
std::vector<float> rows_of(uint64_t seed, int64_t n, int d, double tail) {
  std::vector<float> values(static_cast<size_t>(n) * d);
  for (int64_t i = 0; i < n; ++i) {
    const auto scale = static_cast<float>(std::pow(static_cast<double>(i + 1), -tail));
    for (int j = 0; j < d; ++j) {
      const uint64_t bits = mix64(seed + static_cast<uint64_t>(i * d + j));
      values[i * d + j] = scale * (static_cast<float>(bits >> 40) / 8388608.0F - 1.0F);
    }
  }
  return values;
}

void top_100_of_105k(benchmark::State& state) {
  const auto d = static_cast<int>(state.range(0));
  const bool tail = state.range(1) != 0;
  const ScopedIsa isa(state.range(2) != 0 ? active_isa() : std::min(active_isa(), Isa::kAvx512));
  const int64_t items = 105'000;
  const int64_t users = 19'200;
  const auto v = rows_of(1, items, d, tail ? 0.3 : 0.0);
  const auto q = rows_of(2, users, d, 0.0);
  const ScoredColumns columns(v, items, d, {});
  for (auto _ : state) {
    auto top = columns.top_k(q, users, 100, {}, bench_pool());
    benchmark::DoNotOptimize(top);
  }
  const double flops = 2.0 * static_cast<double>(items) * static_cast<double>(users) * d;
  state.counters["GFLOP/s"] =
      benchmark::Counter(flops / 1e9, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["roofline_share"] = benchmark::Counter(
      roofline_seconds(bench_roofline(), flops, 4.0 * static_cast<double>(items + users) * d),
      benchmark::Counter::kIsIterationInvariantRate);
  state.counters["users/s"] =
      benchmark::Counter(static_cast<double>(users), benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(top_100_of_105k)
    ->ArgNames({"d", "falling_norms", "bf16"})
    ->ArgsProduct({{64}, {0, 1}, {0, 1}})
    ->Args({128, 0, 1})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace coterie::math
