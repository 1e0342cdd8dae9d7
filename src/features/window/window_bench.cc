// The store's three ways through the evaluator, on logs shaped like a fashion retailer's two years:
// 25 purchases a customer on average and up to hundreds, 300 an article and up to 30,000.
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

#include "features/window/entity_history.h"
#include "features/window/evaluator.h"
#include "features/window/event_table.h"
#include "math/bench_machine.h"
#include "math/random.h"

namespace coterie::features {
namespace {

constexpr int kDays = 734;
constexpr int64_t kBatch = 1 << 15;

// An article or customer code, and an amount in minor units.
EventLayout purchase_layout() {
  EventLayout layout;
  layout.columns = {Cell::kCode, Cell::kInteger};
  layout.add_distinct({.column = 0, .mask = -1});
  return layout;
}

// Count, sum, mean, least, greatest amount and distinct codes over five windows.
WindowPlan thirty_features() {
  WindowPlan plan;
  for (const Micros days : {7, 30, 90, 365, 0}) {
    for (const Function function : {Function::kCount, Function::kSum, Function::kMean,
                                    Function::kMin, Function::kMax, Function::kDistinct}) {
      Aggregate aggregate;
      aggregate.function = function;
      aggregate.window = days == 0 ? kLifetime : days * kMicrosPerDay;
      if (function == Function::kDistinct) {
        aggregate.column = 0;
        aggregate.distinct = 0;
      } else if (function != Function::kCount) {
        aggregate.column = 1;
      }
      aggregate.slot = static_cast<int>(plan.size());
      plan.push_back(aggregate);
    }
  }
  return plan;
}

std::vector<SlotColumn> slots_of(const WindowPlan& plan, const EventLayout& layout, int64_t rows) {
  std::vector<SlotColumn> slots(plan.size());
  for (const Aggregate& aggregate : plan) {
    slots[aggregate.slot].cell = WindowEvaluator::result_cell(aggregate, layout);
    slots[aggregate.slot].resize(rows);
  }
  return slots;
}

// Rows in order of days, as a warehouse keeps them; entity i has a weight that falls like
// (i + 1)^-tail, so that a few have very many.
class Rows {
 public:
  Rows(int64_t rows, int32_t entities, double tail, int32_t codes) {
    std::vector<double> ends(static_cast<size_t>(entities));
    double total = 0;
    for (int32_t e = 0; e < entities; ++e) {
      total += std::pow(e + 1, -tail);
      ends[e] = total;
    }
    entities_.reserve(static_cast<size_t>(rows));
    for (int64_t i = 0; i < rows; ++i) {
      math::RandomStream random(7, 1, static_cast<uint64_t>(i));
      const double at = random.uniform() * total;
      const auto rank = std::lower_bound(ends.begin(), ends.end(), at) - ends.begin();
      // Spread over the codes, as popular articles are.
      const auto entity = static_cast<int32_t>(rank * 7919LL % entities);
      entities_.push_back(entity);
      times_.push_back((i * kDays / rows) * kMicrosPerDay);
      codes_.push_back(static_cast<int32_t>(random.below(static_cast<uint32_t>(codes))));
      amounts_.push_back(random.between(199, 9'999));
    }
  }

  std::vector<EventTableBuilder> builders(int32_t entities) const {
    std::vector<EventTableBuilder> builders;
    for (int b = 0; b < 2; ++b) builders.emplace_back(purchase_layout(), entities);
    for (size_t from = 0; from < entities_.size(); from += kBatch) {
      const size_t n = std::min<size_t>(kBatch, entities_.size() - from);
      std::vector<EventColumn> columns(2);
      columns[0].cell = Cell::kCode;
      columns[0].codes = codes_.data() + from;
      columns[1].cell = Cell::kInteger;
      columns[1].integers = amounts_.data() + from;
      builders[from / kBatch % 2].add({.entities = {entities_.data() + from, n},
                                       .times = {times_.data() + from, n},
                                       .columns = columns,
                                       .passes = {}});
    }
    return builders;
  }

  // A spine: entities and ascending times, drawn like the rows, `share` of them.
  struct Spine {
    std::vector<int64_t> offsets;  // by entity
    std::vector<Micros> times;
  };
  Spine spine(int32_t entities, int64_t rows) const {
    std::vector<std::pair<int32_t, Micros>> picked;
    for (int64_t i = 0; i < rows; ++i) {
      math::RandomStream random(7, 2, static_cast<uint64_t>(i));
      const auto row = static_cast<size_t>(random.uniform() * static_cast<double>(times_.size()));
      picked.emplace_back(entities_[row], random.between(0, kDays) * kMicrosPerDay);
    }
    std::sort(picked.begin(), picked.end());
    Spine spine;
    spine.offsets.resize(static_cast<size_t>(entities) + 1);
    for (const auto& [entity, time] : picked) {
      ++spine.offsets[entity + 1];
      spine.times.push_back(time);
    }
    for (int32_t e = 0; e < entities; ++e) spine.offsets[e + 1] += spine.offsets[e];
    return spine;
  }

 private:
  std::vector<int32_t> entities_;
  std::vector<Micros> times_;
  std::vector<int32_t> codes_;
  std::vector<int64_t> amounts_;
};

void point_in_time(benchmark::State& state, int64_t events, int32_t entities, double tail,
                   int32_t codes, int64_t spine_rows) {
  const Rows rows(events, entities, tail, codes);
  const auto table = EventTableBuilder::finish(rows.builders(entities), math::bench_pool());
  const auto spine = rows.spine(entities, spine_rows);
  const EventLayout layout = purchase_layout();
  const WindowPlan plan = thirty_features();
  const WindowEvaluator evaluator(layout, plan, {nullptr, nullptr});
  struct Worker {
    WindowEvaluator::Scratch scratch;
    std::unique_ptr<EventTable::Cursor> cursor;
    std::vector<SlotColumn> slots;
  };
  std::vector<Worker> workers(static_cast<size_t>(math::bench_pool().threads()));
  for (Worker& worker : workers) worker.cursor = std::make_unique<EventTable::Cursor>(table);
  const int64_t grain = std::max<int64_t>(entities / 256, 1);
  for (auto _ : state) {
    math::bench_pool().parallel_for_worker(entities, grain, [&](int64_t from, int64_t to, int w) {
      Worker& worker = workers[w];
      const int64_t first = spine.offsets[from];
      const int64_t n = spine.offsets[to] - first;
      if (worker.slots.empty() || static_cast<int64_t>(worker.slots[0].nulls.size()) < n) {
        worker.slots = slots_of(plan, layout, n);
      }
      for (int64_t e = from; e < to; ++e) {
        const auto count = static_cast<size_t>(spine.offsets[e + 1] - spine.offsets[e]);
        if (count == 0) continue;
        evaluator.evaluate(worker.cursor->events_of(static_cast<int32_t>(e)),
                           {spine.times.data() + spine.offsets[e], count}, spine.offsets[e] - first,
                           worker.slots, worker.scratch);
      }
    });
  }
  state.counters["rows/s"] = benchmark::Counter(static_cast<double>(spine_rows),
                                                benchmark::Counter::kIsIterationInvariantRate);
  state.counters["s/row"] = benchmark::Counter(
      static_cast<double>(spine_rows),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["bytes/event"] =
      static_cast<double>(table.bytes()) / static_cast<double>(table.events());
}

void by_customer_1m(benchmark::State& state) {
  point_in_time(state, 5'000'000, 200'000, 0.35, 20'000, 1'000'000);
}
BENCHMARK(by_customer_1m)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

void by_customer_once(benchmark::State& state) {
  point_in_time(state, 5'000'000, 200'000, 0.35, 20'000, 150'000);
}
BENCHMARK(by_customer_once)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

void by_article_1m(benchmark::State& state) {
  point_in_time(state, 5'000'000, 16'000, 0.6, 200'000, 1'000'000);
}
BENCHMARK(by_article_1m)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

void by_article_once(benchmark::State& state) {
  point_in_time(state, 5'000'000, 16'000, 0.6, 200'000, 16'000);
}
BENCHMARK(by_article_once)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

void build_table(benchmark::State& state) {
  const int64_t events = state.range(0);
  const auto entities = static_cast<int32_t>(events / 23);
  const Rows rows(events, entities, 0.35, 100'000);
  for (auto _ : state) {
    state.PauseTiming();
    auto builders = rows.builders(entities);
    state.ResumeTiming();
    auto table = EventTableBuilder::finish(std::move(builders), math::bench_pool());
    benchmark::DoNotOptimize(table);
    state.PauseTiming();
    {
      const EventTable gone = std::move(table);
    }
    state.ResumeTiming();
  }
  state.counters["rows/s"] = benchmark::Counter(static_cast<double>(events),
                                                benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(build_table)
    ->Arg(4'000'000)
    ->Arg(31'700'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

// Fifty features over three columns and two filters, as a store serves them.
struct Served {
  EventLayout layout;
  WindowPlan plan;
  TextPool categories;

  Served() {
    layout.columns = {Cell::kCode, Cell::kInteger, Cell::kCode};
    layout.filters = 1;
    const int online = layout.add_mask({.filter = 0, .column = -1});
    const int distinct = layout.add_distinct({.column = 0, .mask = -1});
    for (int i = 0; i < 20; ++i) categories.add("category " + std::to_string(i));
    for (const Micros days : {7, 30, 90, 365, 0}) {
      const auto add = [&](Aggregate aggregate) {
        aggregate.window = days == 0 ? kLifetime : days * kMicrosPerDay;
        aggregate.slot = static_cast<int>(plan.size());
        plan.push_back(aggregate);
      };
      for (const int mask : {-1, online}) {
        add({.function = Function::kCount, .mask = mask});
        add({.function = Function::kSum, .column = 1, .mask = mask});
        add({.function = Function::kMax, .column = 1, .mask = mask});
        add({.function = Function::kTimeSince, .mask = mask});
      }
      add({.function = Function::kDistinct, .column = 0, .distinct = distinct});
      add({.function = Function::kLast, .column = 2});
    }
  }

  void insert(EntityHistory& history, math::RandomStream& random, Micros time) const {
    const EventValue values[] = {
        {.code = static_cast<int32_t>(random.below(20'000)), .null = false},
        {.integer = random.between(199, 9'999), .null = false},
        {.code = static_cast<int32_t>(random.below(20)), .null = false}};
    const uint8_t passes[] = {static_cast<uint8_t>(random.below(2))};
    history.insert({time, time, values, passes});
  }
};

void online_read(benchmark::State& state) {
  const Served served;
  constexpr int kEntities = 2'000;
  std::vector<EntityHistory> histories;
  math::RandomStream random(7, 3, 0);
  for (int e = 0; e < kEntities; ++e) {
    EntityHistory& history = histories.emplace_back(served.layout);
    for (int64_t i = 0; i < state.range(0); ++i) {
      served.insert(history, random, i * kDays / state.range(0) * kMicrosPerDay);
    }
  }
  const WindowEvaluator evaluator(served.layout, served.plan,
                                  {nullptr, nullptr, &served.categories});
  auto slots = slots_of(served.plan, served.layout, 1);
  WindowEvaluator::Scratch scratch;
  EntityHistory::ViewScratch view_scratch;
  const Micros at[] = {kDays * kMicrosPerDay};
  size_t entity = 0;
  for (auto _ : state) {
    evaluator.evaluate(histories[entity].view(view_scratch), at, 0, slots, scratch);
    benchmark::DoNotOptimize(slots[0].integers.data());
    entity = (entity + 997) % kEntities;
  }
}
BENCHMARK(online_read)->Arg(25)->Arg(100)->Arg(1'000)->Arg(10'000);

// What a customer prefers: lists, entropy, a percentile and a sketch, of windows of a year.
void online_preferences(benchmark::State& state) {
  const Served served;
  WindowPlan plan{{.function = Function::kGroups, .group = 2},
                  {.function = Function::kGroups, .column = 1, .group = 2},
                  {.function = Function::kTopK, .group = 2},
                  {.function = Function::kTopK, .column = 1, .group = 2, .k = 3},
                  {.function = Function::kEntropy, .column = 2},
                  {.function = Function::kPercentile, .column = 1},
                  {.function = Function::kDistinctHll, .column = 0}};
  const auto which = static_cast<size_t>(state.range(1));
  if (which > 0) plan = {plan[which - 1]};
  for (size_t i = 0; i < plan.size(); ++i) {
    plan[i].window = 365 * kMicrosPerDay;
    plan[i].slot = static_cast<int>(i);
  }
  EntityHistory history(served.layout);
  math::RandomStream random(7, 5, 0);
  for (int64_t i = 0; i < state.range(0); ++i) {
    served.insert(history, random, i * kDays / state.range(0) * kMicrosPerDay);
  }
  const WindowEvaluator evaluator(served.layout, plan, {nullptr, nullptr, &served.categories});
  auto slots = slots_of(plan, served.layout, 1);
  for (const Aggregate& aggregate : plan) {
    slots[aggregate.slot].list = WindowEvaluator::is_list(aggregate);
  }
  WindowEvaluator::Scratch scratch;
  EntityHistory::ViewScratch view_scratch;
  const Micros at[] = {kDays * kMicrosPerDay};
  for (auto _ : state) {
    for (SlotColumn& slot : slots) slot.resize(1);
    evaluator.evaluate(history.view(view_scratch), at, 0, slots, scratch);
    benchmark::DoNotOptimize(slots[0].integers.data());
  }
}
BENCHMARK(online_preferences)
    ->ArgNames({"events", "function"})
    ->ArgsProduct({{25}, {0, 1, 2, 3, 4, 5, 6, 7}})
    ->Args({1'000, 0});

void online_insert(benchmark::State& state) {
  const Served served;
  const auto entities = static_cast<size_t>(200'000 / state.range(0));
  math::RandomStream random(7, 4, 0);
  std::vector<EntityHistory> histories;
  int64_t inserted = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    if (inserted % 200'000 == 0) {
      state.PauseTiming();
      bytes = 0;
      for (const EntityHistory& history : histories) bytes += history.bytes();
      histories.clear();
      for (size_t e = 0; e < entities; ++e) histories.emplace_back(served.layout);
      state.ResumeTiming();
    }
    served.insert(histories[random.below(static_cast<uint32_t>(entities))], random, inserted);
    ++inserted;
  }
  state.counters["bytes/event"] = static_cast<double>(bytes) / 200'000;
}
BENCHMARK(online_insert)->Arg(25)->Arg(100)->Arg(5'000)->Iterations(1'000'000);

}  // namespace
}  // namespace coterie::features
