#include <benchmark/benchmark.h>

#include "base/threads.h"

namespace coterie {
namespace {

// What one parallel_for costs when its chunks do nothing: the smallest work worth handing out.
void parallel_for_empty(benchmark::State& state) {
  ThreadPool pool(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    pool.parallel_for(state.range(1), 1,
                      [](int64_t begin, int64_t) { benchmark::DoNotOptimize(begin); });
  }
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

BENCHMARK(parallel_for_empty)
    ->ArgNames({"threads", "chunks"})
    ->Args({1, 8})
    ->Args({2, 2})
    ->Args({2, 8})
    ->Args({2, 1000})
    ->UseRealTime();

}  // namespace
}  // namespace coterie
