// Beside XGBoost's own code, on one thread each unless said otherwise: every figure is ours, with
// the ratio (XGBoost's time / ours) as a counter. Both are measured in one run, alternating.
#include <chrono>
#include <map>

#include <benchmark/benchmark.h>

#include "base/test_results.h"
#include "math/isa.h"
#include "trees/evaluator.h"
#include "trees/shap.h"
#include "trees/test_support_internal.h"
#include "trees/xgboost_handle_internal.h"

namespace coterie::trees {
namespace {

constexpr int kFeatures = 50;

struct Fixture {
  Sample sample;
  std::string model;
  Forest forest;
};

// 300 trees of this depth on 20,000 rows of 50 features, so many of them of 40 categories.
const Fixture& fixture(int depth, int categorical = 0) {
  static std::map<std::pair<int, int>, Fixture> fixtures;
  const auto [found, fresh] = fixtures.try_emplace({depth, categorical});
  if (fresh) {
    Fixture& made = found->second;
    made.sample = draw_binary(1, {.rows = 20'000,
                                  .numeric = kFeatures - categorical,
                                  .categorical = categorical,
                                  .categories = 40,
                                  .missing = 0.05});
    ThreadPool pool(2);
    made.model = take(train_trees(made.sample.data(), nullptr, made.sample.columns,
                                  {.rounds = 300, .max_depth = depth}, pool))
                     .model;
    made.forest = take(parse_forest(made.model, "model"));
  }
  return found->second;
}

FeatureMatrix first_rows(const Fixture& fixture, int64_t rows) {
  FeatureMatrix matrix = fixture.sample.matrix();
  matrix.rows = rows;
  matrix.values = matrix.values.first(static_cast<size_t>(rows) * kFeatures);
  return matrix;
}

BoosterHandle booster_of(const Fixture& fixture) {
  BoosterHandle booster = take(BoosterHandle::load(fixture.model));
  must(booster.set("nthread", "1"));
  return booster;
}

template <typename Work>
double seconds_of(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Runs both in turns; the benchmark's time is ours.
template <typename Ours, typename Theirs>
void beside(benchmark::State& state, int64_t rows, const Ours& ours, const Theirs& theirs) {
  double our_seconds = 0;
  double their_seconds = 0;
  for (auto _ : state) {
    const double seconds = seconds_of(ours);
    state.SetIterationTime(seconds);
    our_seconds += seconds;
    their_seconds += seconds_of(theirs);
  }
  state.counters["ratio"] = their_seconds / our_seconds;
  state.counters["row_us"] = 1e6 * our_seconds / static_cast<double>(state.iterations() * rows);
  state.counters["xgboost_us"] = 1e6 * their_seconds / static_cast<double>(state.iterations());
}

void predict(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const Fixture& data = fixture(static_cast<int>(state.range(1)), static_cast<int>(state.range(2)));
  const FeatureMatrix matrix = first_rows(data, rows);
  const Evaluator evaluator(data.forest);
  const BoosterHandle booster = booster_of(data);
  ThreadPool pool(1);
  std::vector<float> out(static_cast<size_t>(rows));
  beside(
      state, rows, [&] { evaluator.predictions(matrix, out, pool); },
      [&] {
        benchmark::DoNotOptimize(
            take(booster.predict_in_place(matrix, BoosterHandle::Output::kPrediction)));
      });
  state.SetLabel(std::string(math::isa_name(math::active_isa())));
}
BENCHMARK(predict)
    ->ArgNames({"rows", "depth", "categorical"})
    ->ArgsProduct({{1, 200, 20'000}, {6, 8}, {0}})
    ->Args({1, 6, 10})
    ->Args({200, 6, 10})
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

void predict_avx2(benchmark::State& state) {
  if (math::supported_isas().size() < 2) return state.SkipWithError("no AVX2 here");
  const math::ScopedIsa scoped(math::Isa::kAvx2);
  predict(state);
}
BENCHMARK(predict_avx2)
    ->ArgNames({"rows", "depth", "categorical"})
    ->Args({200, 6, 0})
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

void predict_one_row(benchmark::State& state) {
  const Fixture& data = fixture(static_cast<int>(state.range(0)));
  const FeatureMatrix matrix = first_rows(data, 1);
  const Evaluator evaluator(data.forest);
  const BoosterHandle booster = booster_of(data);
  Evaluator::Scratch scratch;
  float out = 0;
  beside(
      state, 1, [&] { evaluator.prediction(matrix.values, {&out, 1}, scratch); },
      [&] {
        benchmark::DoNotOptimize(
            take(booster.predict_in_place(matrix, BoosterHandle::Output::kPrediction)));
      });
}
BENCHMARK(predict_one_row)
    ->ArgName("depth")
    ->Arg(6)
    ->Arg(8)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

void shap(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const Fixture& data = fixture(static_cast<int>(state.range(1)));
  const FeatureMatrix matrix = first_rows(data, rows);
  const Shap ours = take(Shap::create(data.forest));
  const BoosterHandle booster = booster_of(data);
  const DataHandle copied = take(DataHandle::create(matrix, {}, 1));
  ThreadPool pool(1);
  std::vector<float> out(static_cast<size_t>(rows) * ours.width());
  beside(
      state, rows, [&] { ours.contributions(matrix, out, pool); },
      [&] {
        benchmark::DoNotOptimize(
            take(booster.predict(copied, BoosterHandle::Output::kContributions)));
      });
}
BENCHMARK(shap)
    ->ArgNames({"rows", "depth"})
    ->Args({1, 6})
    ->Args({512, 6})
    ->Args({1, 8})
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

// Both threads, ours alone: rows as a nightly run explains them.
void shap_of_many_rows(benchmark::State& state) {
  const Fixture& data = fixture(6);
  const FeatureMatrix matrix = first_rows(data, 20'000);
  const Shap ours = take(Shap::create(data.forest));
  ThreadPool pool(2);
  std::vector<float> out(20'000 * ours.width());
  for (auto _ : state) ours.contributions(matrix, out, pool);
  state.SetItemsProcessed(state.iterations() * 20'000);
}
BENCHMARK(shap_of_many_rows)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace coterie::trees
