// A half sweep of ALS by each solver, on users whose histories are as long as a shop's.
#include <cmath>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/hash.h"
#include "math/bench_machine.h"
#include "models/recommend/als_solver_internal.h"

namespace coterie::recommend {
namespace {

constexpr int32_t kUsers = 50'000;
constexpr int32_t kItems = 20'000;

double uniform(uint64_t draw) { return static_cast<double>(mix64(draw) >> 11) / 0x1.0p53; }

// Histories of 4 to 400 items, 25 in the mean; popular items stand in many.
const math::Csr& histories() {
  static const math::Csr matrix = [] {
    std::vector<int32_t> users, items;
    for (int32_t user = 0; user < kUsers; ++user) {
      const uint64_t seed = uint64_t{1000} * static_cast<uint64_t>(user);
      const int length = static_cast<int>(4 * std::pow(100, std::pow(uniform(seed), 3)));
      for (int i = 1; i <= length; ++i) {
        users.push_back(user);
        items.push_back(static_cast<int32_t>(kItems * std::pow(uniform(seed + i), 2)));
      }
    }
    return *math::csr_from_entries(kUsers, kItems, users, items,
                                   std::vector<float>(users.size(), 1.0F), math::bench_pool());
  }();
  return matrix;
}

// FLOP of the gradients: a product and a sum for each entry and step, and one more for the
// residual.
void half_sweep(benchmark::State& state) {
  AlsOptions options;
  options.factors = static_cast<int>(state.range(0));
  options.solver = static_cast<AlsSolver>(state.range(1));
  const math::Csr& rows = histories();
  const int64_t d = options.factors;
  std::vector<float> fixed(static_cast<size_t>(kItems * d));
  for (size_t i = 0; i < fixed.size(); ++i) fixed[i] = static_cast<float>(uniform(i) - 0.5) * 0.2F;
  std::vector<float> out(static_cast<size_t>(kUsers * d), 0.0F);
  const auto solve = options.solver == AlsSolver::kExact   ? solve_exact
                     : options.solver == AlsSolver::kBlock ? solve_blocks
                                                           : solve_conjugate;
  for (auto _ : state) {
    if (!solve({rows, fixed, options}, out, math::bench_pool()).ok())
      state.SkipWithError("no solution");
  }
  state.SetLabel(solver_name(options.solver));
  state.counters["entries/s"] = benchmark::Counter(static_cast<double>(rows.entries()),
                                                   benchmark::Counter::kIsIterationInvariantRate);
  if (options.solver != AlsSolver::kConjugateGradient) return;
  const double passes = options.cg_steps + 1.0;
  const auto entries = static_cast<double>(rows.entries());
  const double dense = 2.0 * static_cast<double>(d) * d * (2.0 * kUsers + kItems);
  const double flops = dense + entries * (4 * passes + 3) * static_cast<double>(d);
  const double bytes = 4.0 * static_cast<double>(d) * (entries + 4.0 * kUsers);
  state.counters["roofline_share"] =
      benchmark::Counter(math::roofline_seconds(math::bench_roofline(), flops, bytes),
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(half_sweep)
    ->ArgNames({"factors", "solver"})
    ->ArgsProduct({{64, 128}, {0, 1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace coterie::recommend
