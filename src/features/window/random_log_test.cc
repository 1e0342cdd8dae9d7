// The logs that the other tests of this folder run on, and that they hold what they should.

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "features/window/random_log_internal.h"

namespace coterie::features {
namespace {

constexpr uint32_t kLogStream = 1;
constexpr uint32_t kTimeStream = 2;
constexpr uint32_t kChunkStream = 3;

EventLayout log_layout() {
  EventLayout layout;
  layout.columns = {Cell::kInteger, Cell::kReal, Cell::kCode, Cell::kCode, Cell::kInteger};
  layout.filters = 2;
  layout.add_mask({.filter = 0, .column = -1});
  for (const int column : {kAmount, kReal, kCategory, kHuge}) {
    layout.add_mask({.filter = -1, .column = column});
    layout.add_mask({.filter = 0, .column = column});
    layout.add_mask({.filter = 1, .column = column});
  }
  for (size_t m = 0; m < layout.masks.size(); ++m) {
    const int column = layout.masks[m].column;
    if (column >= 0 && column != kReal) layout.add_distinct({column, static_cast<int>(m)});
  }
  layout.add_distinct({kCustomer, -1});
  layout.add_distinct({kCustomer, 0});
  return layout;
}

OracleEvent random_event(const LogShape& shape, math::RandomStream& random) {
  OracleEvent event;
  const auto steps = static_cast<uint32_t>(std::max<Micros>(shape.span / shape.grain, 1));
  event.time = static_cast<Micros>(random.below(steps)) * shape.grain;
  if (shape.extreme && random.chance(0.2)) {
    const Micros ends[] = {std::numeric_limits<Micros>::min(),
                           std::numeric_limits<Micros>::min() + 5,
                           std::numeric_limits<Micros>::max() - 5};
    event.time = ends[random.below(3)];
  }
  event.arrived = event.time;
  if (random.chance(shape.late)) {
    // Now and then a source says that something arrived before it happened.
    const auto days = static_cast<int64_t>(random.below(30)) - 3;
    if (event.time < std::numeric_limits<Micros>::max() - 40 * kMicrosPerDay) {
      event.arrived += days < 0 && event.time < 0 ? 0 : days * kMicrosPerDay;
    }
  }
  event.values.resize(5);
  event.values[kAmount].integer = (static_cast<int64_t>(random.below(9)) - 4) * 500;
  event.values[kReal].real = random.uniform(-100, 100);
  event.values[kCategory].code = static_cast<int32_t>(random.below(6));
  event.values[kCustomer].code = static_cast<int32_t>(random.below(40));
  event.values[kHuge].integer = static_cast<int64_t>(random.next() >> random.below(40));
  if (random.chance(0.5)) event.values[kHuge].integer = -event.values[kHuge].integer;
  for (const int column : {kAmount, kReal, kCategory, kHuge}) {
    event.values[column].null = random.chance(shape.null);
  }
  event.values[kCustomer].null = false;
  event.passes = {random.chance(0.6) ? uint8_t{1} : uint8_t{0},
                  random.chance(0.05) ? uint8_t{1} : uint8_t{0}};
  return event;
}

}  // namespace

RandomLog make_random_log(const LogShape& shape, uint64_t seed) {
  RandomLog log;
  log.layout = log_layout();
  // Codes are not in the order of their texts.
  for (const char* text : {"tea", "cup", "", "spoon", "saucer", "milk"}) log.categories.add(text);
  for (int i = 0; i < 40; ++i) log.customers.add("c" + std::to_string(i * 7919 % 101));
  for (int e = 0; e < shape.entities; ++e) {
    math::RandomStream random(seed, kLogStream, static_cast<uint64_t>(e));
    auto& events = log.log.emplace_back(random.below(static_cast<uint32_t>(shape.events) + 1));
    for (size_t i = 0; i < events.size(); ++i) {
      // Some rows come twice.
      events[i] = i > 0 && random.chance(0.1) ? events[i - 1] : random_event(shape, random);
    }
  }
  return log;
}

std::vector<SlotColumn> make_slots(const WindowPlan& plan, const EventLayout& layout,
                                   int64_t rows) {
  std::vector<SlotColumn> slots(plan.size());
  for (const Aggregate& aggregate : plan) {
    SlotColumn& slot = slots[aggregate.slot];
    slot.cell = WindowEvaluator::result_cell(aggregate, layout);
    slot.list = WindowEvaluator::is_list(aggregate);
    slot.resize(rows);
  }
  return slots;
}

std::vector<Micros> random_times(const std::vector<OracleEvent>& events, int count, uint64_t seed) {
  math::RandomStream random(seed, kTimeStream, 0);
  std::vector<Micros> times;
  for (int i = 0; i < count; ++i) {
    if (events.empty() || random.chance(0.1)) {
      times.push_back(random.between(-100, 500) * kMicrosPerDay);
      continue;
    }
    const OracleEvent& event = events[random.below(static_cast<uint32_t>(events.size()))];
    const Micros base = random.chance(0.3) ? event.arrived : event.time;
    const Micros shift =
        random.chance(0.5) ? random.between(-1, 1) : random.between(-1, 60) * (kMicrosPerDay / 2);
    Micros at = 0;
    times.push_back(__builtin_add_overflow(base, shift, &at) ? base : at);
  }
  times.push_back(std::numeric_limits<Micros>::min());
  times.push_back(std::numeric_limits<Micros>::max());
  std::sort(times.begin(), times.end());
  return times;
}

std::vector<LogRow> rows_of(const RandomLog& log) {
  std::vector<LogRow> rows;
  for (size_t e = 0; e < log.log.size(); ++e) {
    for (const OracleEvent& event : log.log[e]) rows.push_back({static_cast<int32_t>(e), &event});
  }
  return rows;
}

namespace {

// A chunk that owns its columns.
struct OwnedChunk {
  std::vector<int32_t> entities;
  std::vector<Micros> times;
  std::vector<Micros> arrivals;
  std::vector<std::vector<int64_t>> integers = std::vector<std::vector<int64_t>>(5);
  std::vector<std::vector<double>> reals = std::vector<std::vector<double>>(5);
  std::vector<std::vector<int32_t>> codes = std::vector<std::vector<int32_t>>(5);
  std::vector<std::vector<uint8_t>> nulls = std::vector<std::vector<uint8_t>>(5);
  std::vector<std::vector<uint8_t>> passes = std::vector<std::vector<uint8_t>>(2);

  void add(const LogRow& row) {
    entities.push_back(row.entity);
    times.push_back(row.event->time);
    arrivals.push_back(row.event->arrived);
    for (size_t c = 0; c < 5; ++c) {
      const EventValue& value = row.event->values[c];
      integers[c].push_back(value.integer);
      reals[c].push_back(value.real);
      codes[c].push_back(value.code);
      nulls[c].push_back(value.null ? 1 : 0);
    }
    for (size_t f = 0; f < 2; ++f) passes[f].push_back(row.event->passes[f]);
  }

  void give(const EventLayout& layout, EventTableBuilder& builder) const {
    std::vector<EventColumn> columns(5);
    for (size_t c = 0; c < 5; ++c) {
      columns[c].cell = layout.columns[c];
      columns[c].integers = integers[c].data();
      columns[c].reals = reals[c].data();
      columns[c].codes = codes[c].data();
      const bool any = std::find(nulls[c].begin(), nulls[c].end(), 1) != nulls[c].end();
      columns[c].nulls = any ? nulls[c].data() : nullptr;
    }
    const uint8_t* filters[] = {passes[0].data(), passes[1].data()};
    builder.add({.entities = entities,
                 .times = times,
                 .arrivals = arrivals == times ? std::span<const Micros>{} : arrivals,
                 .columns = columns,
                 .passes = filters});
  }
};

}  // namespace

EventTable build_table(const RandomLog& log, const std::vector<LogRow>& rows, int builders,
                       ThreadPool& pool, uint64_t seed) {
  math::RandomStream random(seed, kChunkStream, 0);
  std::vector<EventTableBuilder> all;
  for (int b = 0; b < builders; ++b)
    all.emplace_back(log.layout, static_cast<int32_t>(log.log.size()));
  for (size_t from = 0; from < rows.size();) {
    const size_t n = std::min<size_t>(rows.size() - from, 1 + random.below(700));
    OwnedChunk chunk;
    for (size_t i = from; i < from + n; ++i) chunk.add(rows[i]);
    chunk.give(log.layout, all[random.below(static_cast<uint32_t>(builders))]);
    from += n;
  }
  return EventTableBuilder::finish(std::move(all), pool);
}

TEST(RandomLog, HoldsWhatMakesWindowsHard) {
  const RandomLog log =
      make_random_log({.entities = 50, .events = 40, .late = 0.2, .extreme = true}, 3);
  int ties = 0;
  int late = 0;
  int nulls = 0;
  int empty = 0;
  int early = 0;
  for (const auto& events : log.log) {
    empty += events.empty() ? 1 : 0;
    std::set<Micros> times;
    for (const OracleEvent& event : events) {
      ties += times.insert(event.time).second ? 0 : 1;
      late += event.arrived > event.time ? 1 : 0;
      early += event.arrived < event.time ? 1 : 0;
      nulls += event.values[kAmount].null ? 1 : 0;
    }
  }
  EXPECT_GT(ties, 50);
  EXPECT_GT(late, 50);
  EXPECT_GT(nulls, 50);
  EXPECT_GT(early, 5);
  EXPECT_GT(empty, 0);
}

TEST(RandomLog, PlansAskForEveryFunction) {
  const RandomLog log = make_random_log({}, 1);
  std::set<Function> functions;
  for (const Aggregate& aggregate : full_plan(log.layout)) functions.insert(aggregate.function);
  EXPECT_EQ(functions.size(), static_cast<size_t>(Function::kPercentile) + 1);
}

}  // namespace coterie::features
