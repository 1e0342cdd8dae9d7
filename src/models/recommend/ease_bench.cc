// EASE beside the inversion that it cannot do without: Cholesky factorisation and inverse of a
// matrix of its size, n³ FLOP.
#include <cmath>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/large_array.h"
#include "math/bench_machine.h"
#include "math/spd_inverse.h"
#include "models/recommend/ease.h"

namespace coterie::recommend {
namespace {

double uniform(uint64_t draw) { return static_cast<double>(mix64(draw) >> 11) / 0x1.0p53; }

// Two users an item, with histories of 5 to 500 items; popular items stand in many.
math::Csr histories(int32_t items) {
  const int32_t count = 2 * items;
  std::vector<int32_t> users, met;
  for (int32_t user = 0; user < count; ++user) {
    const uint64_t seed = uint64_t{1000} * static_cast<uint64_t>(user);
    const int length = static_cast<int>(5 * std::pow(100, std::pow(uniform(seed), 2)));
    for (int i = 1; i <= length; ++i) {
      users.push_back(user);
      met.push_back(static_cast<int32_t>(items * std::pow(uniform(seed + i), 2)));
    }
  }
  return *math::csr_from_entries(count, items, users, met, std::vector<float>(users.size(), 1.0F),
                                 math::bench_pool());
}

// Seconds to invert a matrix of n rows that is there already.
double inversion_seconds(int64_t n, float* values, benchmark::State& state) {
  const int64_t stride = math::symmetric_stride(n);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = i; j < n; ++j) {
      const auto cell = static_cast<uint64_t>(i * n + j);
      values[i * stride + j] =
          i == j ? static_cast<float>(n) : static_cast<float>(cell % 97) / 97.0F;
    }
  }
  const Stopwatch watch;
  if (!math::invert_spd({values, n, stride}, math::bench_pool()).ok()) {
    state.SkipWithError("not positive definite");
  }
  return watch.seconds();
}

// The two take turns. `fit_to_inversion`: what the Gram matrix and the weights add.
void ease_fit(benchmark::State& state) {
  const auto items = static_cast<int32_t>(state.range(0));
  const math::Csr interactions = histories(items);
  const int64_t stride = math::symmetric_stride(items);
  const auto values = make_large_array<float>(static_cast<size_t>(stride * stride));
  double fits = 0;
  double inversions = 0;
  inversion_seconds(items, values.get(), state);  // touches the memory
  for (auto _ : state) {
    inversions += inversion_seconds(items, values.get(), state);
    Ease model({.regularisation = 500});
    const Stopwatch watch;
    if (!model.fit(interactions, math::bench_pool()).ok()) state.SkipWithError("no fit");
    const double seconds = watch.seconds();
    fits += seconds;
    state.SetIterationTime(seconds);
  }
  const double flops = std::pow(static_cast<double>(items), 3);
  const double bytes = 4.0 * std::pow(static_cast<double>(items), 2);
  const double least = math::roofline_seconds(math::bench_roofline(), flops, bytes);
  const auto runs = static_cast<double>(state.iterations());
  state.counters["fit_to_inversion"] = fits / inversions;
  state.counters["inversion_roofline_share"] = least * runs / inversions;
  state.counters["roofline_share"] = least * runs / fits;
}
BENCHMARK(ease_fit)
    ->ArgName("items")
    ->Arg(3'600)
    ->Arg(12'000)
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();

}  // namespace
}  // namespace coterie::recommend
