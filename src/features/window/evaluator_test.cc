// The evaluator against the oracle, through a table.
#include "features/window/evaluator.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "features/window/event_table.h"
#include "features/window/random_log_internal.h"

namespace coterie::features {
namespace {

const TextPool* pool_of(const Aggregate& aggregate, const std::vector<const TextPool*>& pools) {
  const int column = WindowEvaluator::is_list(aggregate) ? aggregate.group : aggregate.column;
  return column < 0 ? nullptr : pools[column];
}

std::string described(const Aggregate& aggregate) {
  return fmt::format("function {} column {} mask {} group {} window {} quantile {} period {}",
                     static_cast<int>(aggregate.function), aggregate.column, aggregate.mask,
                     aggregate.group, aggregate.window, aggregate.quantile, aggregate.period);
}

void expect_oracle(const RandomLog& log, const EventTable& table, int times, uint64_t seed) {
  const auto pools = log.pools();
  const WindowPlan plan = full_plan(log.layout);
  const WindowEvaluator evaluator(log.layout, plan, pools);
  WindowEvaluator::Scratch scratch;
  EventTable::Cursor cursor(table);
  for (int32_t e = 0; e < table.entities(); ++e) {
    const auto at = random_times(log.log[e], times, seed + static_cast<uint64_t>(e));
    auto slots = make_slots(plan, log.layout, static_cast<int64_t>(at.size()));
    evaluator.evaluate(cursor.events_of(e), at, 0, slots, scratch);
    for (const Aggregate& aggregate : plan) {
      for (size_t row = 0; row < at.size(); ++row) {
        const auto expected = oracle_value(log.layout, log.log[e], pools, aggregate, at[row]);
        const std::string difference = oracle_difference(
            expected, slots[aggregate.slot], static_cast<int64_t>(row), pool_of(aggregate, pools));
        ASSERT_EQ(difference, "") << described(aggregate) << " entity " << e << " at " << at[row]
                                  << " seed " << seed;
      }
    }
  }
}

void expect_oracle(const LogShape& shape, int times, uint64_t seed) {
  const RandomLog log = make_random_log(shape, seed);
  ThreadPool pool(2);
  expect_oracle(log, build_table(log, rows_of(log), 2, pool, seed), times, seed);
}

TEST(WindowEvaluator, AsTheOracle) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    expect_oracle({.entities = 12, .events = 30}, 8, seed);
  }
}

TEST(WindowEvaluator, AsTheOracleWithoutNulls) {
  expect_oracle({.entities = 8, .events = 30, .null = 0}, 8, 11);
}

TEST(WindowEvaluator, AsTheOracleWithLateEvents) {
  for (uint64_t seed = 21; seed <= 23; ++seed) {
    expect_oracle({.entities = 10, .events = 30, .late = 0.3}, 8, seed);
  }
}

TEST(WindowEvaluator, AsTheOracleAtTheEndsOfTheCalendar) {
  expect_oracle({.entities = 10, .events = 15, .late = 0.1, .extreme = true}, 8, 31);
}

TEST(WindowEvaluator, AsTheOracleWithLongHistories) {
  expect_oracle({.entities = 2, .events = 5'000, .grain = kMicrosPerDay / 20}, 4, 41);
  expect_oracle({.entities = 2, .events = 1'500, .late = 0.01}, 4, 42);
}

}  // namespace
}  // namespace coterie::features
