// Dense products, Gram matrices and small systems, each with its share of the roofline.
#include <vector>

#include <benchmark/benchmark.h>

#include "base/hash.h"
#include "base/large_array.h"
#include "math/bench_machine.h"
#include "math/cholesky.h"
#include "math/gemm.h"
#include "math/kernels.h"
#include "math/spd_inverse.h"

namespace coterie::math {
namespace {

std::vector<float> values_of(uint64_t seed, int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    values[i] =
        static_cast<float>(mix64(seed + static_cast<uint64_t>(i)) >> 40) / 8388608.0F - 1.0F;
  }
  return values;
}

// `threads` of the pool's were at work.
void report(benchmark::State& state, double flops, double bytes, int threads) {
  const double share = static_cast<double>(bench_pool().threads()) / threads;
  state.counters["GFLOP/s"] =
      benchmark::Counter(flops / 1e9, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["roofline_share"] =
      benchmark::Counter(share * roofline_seconds(bench_roofline(), flops, bytes),
                         benchmark::Counter::kIsIterationInvariantRate);
}

void product(benchmark::State& state) {
  const auto d = static_cast<int>(state.range(0));
  const int64_t rows = 200'000;
  const auto a = values_of(1, rows * d);
  const auto b = values_of(2, int64_t{d} * d);
  std::vector<float> out(static_cast<size_t>(rows) * d);
  for (auto _ : state) {
    multiply_transposed(a, rows, b, d, d, out, bench_pool());
    benchmark::DoNotOptimize(out.data());
  }
  const double elements = static_cast<double>(rows) * d;
  report(state, 2 * elements * d, 8 * elements, bench_pool().threads());
}
BENCHMARK(product)->ArgName("d")->Arg(64)->Arg(256)->Unit(benchmark::kMillisecond)->UseRealTime();

void gram(benchmark::State& state) {
  const auto d = static_cast<int>(state.range(0));
  const int64_t rows = 200'000;
  const auto a = values_of(3, rows * d);
  for (auto _ : state) benchmark::DoNotOptimize(gram_matrix(a, rows, d, bench_pool()));
  const double elements = static_cast<double>(rows) * d;
  report(state, elements * d, 4 * elements, bench_pool().threads());
}
BENCHMARK(gram)->ArgName("d")->Arg(64)->Arg(256)->Unit(benchmark::kMillisecond)->UseRealTime();

// One system a call, on one thread, as the solvers of ALS use it.
void cholesky_system(benchmark::State& state) {
  const auto d = static_cast<int>(state.range(0));
  const auto rows = values_of(4, int64_t{2} * d * padded(d));
  SpdSolver solver;
  std::vector<float> x(static_cast<size_t>(d));
  for (auto _ : state) {
    solver.reset(d);
    solver.add_gram(rows.data(), 2 * d);
    for (int i = 0; i < d; ++i) solver.data()[i * solver.stride() + i] += 1.0F;
    std::fill(x.begin(), x.end(), 1.0F);
    if (!solver.factor()) state.SkipWithError("not positive definite");
    solver.solve(x.data());
    benchmark::DoNotOptimize(x.data());
  }
  const double n = d;
  report(state, 2 * n * n * n + n * n * n / 3 + 2 * n * n, 0, 1);
}
BENCHMARK(cholesky_system)->ArgName("d")->Arg(64)->Arg(128)->Unit(benchmark::kMicrosecond);

// In place, n³ FLOP.
void inverse(benchmark::State& state) {
  const int64_t n = state.range(0);
  const int64_t stride = symmetric_stride(n);
  const auto values = values_of(5, n);
  auto matrix = make_large_array<float>(static_cast<size_t>(stride * stride));
  for (auto _ : state) {
    state.PauseTiming();
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = i; j < n; ++j) matrix[i * stride + j] = 0.01F * values[i] * values[j];
      matrix[i * stride + i] += 1.0F;
    }
    state.ResumeTiming();
    if (!invert_spd({matrix.get(), n, stride}, bench_pool()).ok()) {
      state.SkipWithError("not positive definite");
    }
  }
  const auto size = static_cast<double>(n);
  report(state, size * size * size, 8 * size * size, bench_pool().threads());
}
BENCHMARK(inverse)
    ->ArgName("n")
    ->Arg(2000)
    ->Arg(8000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace coterie::math
