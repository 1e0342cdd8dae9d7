// What a round of ranking costs before its tree is grown, on one thread.
#include <benchmark/benchmark.h>

#include "base/test_results.h"
#include "math/random.h"
#include "trees/lambda_gradients.h"

namespace coterie::trees {
namespace {

void lambda_gradients(benchmark::State& state) {
  const auto length = static_cast<int32_t>(state.range(0));
  const int32_t rows = 200'000 / length * length;
  math::RandomStream random(1, 1, 0);
  std::vector<float> labels;
  std::vector<float> scores;
  for (int32_t row = 0; row < rows; ++row) {
    labels.push_back(random.chance(0.1) ? static_cast<float>(1 + random.below(2)) : 0.0F);
    scores.push_back(static_cast<float>(random.uniform(-3, 3)));
  }
  const std::vector<int32_t> sizes(static_cast<size_t>(rows / length), length);
  const auto lambdas = take(LambdaGradients::create(labels, sizes, {}, {}));
  std::vector<float> gradient(labels.size());
  std::vector<float> hessian(labels.size());
  ThreadPool pool(1);
  for (auto _ : state) lambdas.gradients(scores, gradient, hessian, pool);
  state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(lambda_gradients)
    ->ArgName("rows_a_group")
    ->Arg(20)
    ->Arg(100)
    ->Arg(500)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace coterie::trees
