// The evaluator against the oracle, through a table.
#include "features/window/evaluator.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "features/window/entity_history.h"
#include "features/window/event_table.h"
#include "features/window/random_log_internal.h"

namespace coterie::features {
namespace {

void expect_oracle(const LogShape& shape, int times, uint64_t seed) {
  const RandomLog log = make_random_log(shape, seed);
  ThreadPool pool(2);
  const EventTable table = build_table(log, rows_of(log), 2, pool, seed);
  EventTable::Cursor cursor(table);
  for (int32_t e = 0; e < table.entities(); ++e) {
    const auto at = random_times(log.log[e], times, seed + static_cast<uint64_t>(e));
    ASSERT_EQ(difference_from_oracle(log, cursor.events_of(e), log.log[e], log.pools(), at), "")
        << "entity " << e << " seed " << seed;
  }
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

// Within four standard errors of the truth, from few values to many more than registers.
TEST(WindowEvaluator, SketchesAreNearTheTruth) {
  EventLayout layout;
  layout.columns = {Cell::kInteger};
  const WindowPlan plan{{.function = Function::kDistinctHll, .column = 0}};
  const WindowEvaluator evaluator(layout, plan, {nullptr});
  WindowEvaluator::Scratch scratch;
  EntityHistory history(layout);
  EntityHistory::ViewScratch view_scratch;
  int64_t values = 0;
  for (const int64_t until : {1, 100, 3'000, 12'000, 100'000}) {
    for (; values < until; ++values) {
      const EventValue value{.integer = values * 1'000'003, .null = false};
      history.insert({.time = 0, .arrived = 0, .values = {&value, 1}, .passes = {}});
    }
    auto slots = make_slots(plan, layout, 1);
    const Micros at[] = {0};
    evaluator.evaluate(history.view(view_scratch), at, 0, slots, scratch);
    EXPECT_NEAR(static_cast<double>(slots[0].integers[0]), static_cast<double>(until),
                4 * 0.01625 * static_cast<double>(until));
  }
}

TEST(WindowEvaluator, EntitiesWithoutEvents) {
  const RandomLog log = make_random_log({.entities = 1, .events = 0}, 1);
  const std::vector<Micros> at{0, kMicrosPerDay};
  EXPECT_EQ(difference_from_oracle(log, EventsView{}, {}, log.pools(), at), "");
  const EntityHistory history(log.layout);
  EntityHistory::ViewScratch scratch;
  EXPECT_EQ(difference_from_oracle(log, history.view(scratch), {}, log.pools(), at), "");
}

// Also in the rounding of real sums: rows asked one by one, or many of a long history at once.
TEST(WindowEvaluator, ResultsDoNotDependOnHowRowsAreCut) {
  const RandomLog log =
      make_random_log({.entities = 3, .events = 12'000, .grain = kMicrosPerDay / 50}, 51);
  ThreadPool pool(1);
  const EventTable table = build_table(log, rows_of(log), 1, pool, 51);
  const WindowPlan plan = full_plan(log.layout);
  const WindowEvaluator evaluator(log.layout, plan, log.pools());
  WindowEvaluator::Scratch scratch;
  EventTable::Cursor cursor(table);
  for (int32_t e = 0; e < table.entities(); ++e) {
    const auto at = random_times(log.log[e], 20, 51);
    const auto rows = static_cast<int64_t>(at.size());
    auto together = make_slots(plan, log.layout, rows);
    auto alone = make_slots(plan, log.layout, rows);
    evaluator.evaluate(cursor.events_of(e), at, 0, together, scratch);
    for (int64_t row = 0; row < rows; ++row) {
      evaluator.evaluate(cursor.events_of(e), {&at[row], 1}, row, alone, scratch);
    }
    for (size_t slot = 0; slot < together.size(); ++slot) {
      ASSERT_EQ(together[slot].nulls, alone[slot].nulls);
      ASSERT_EQ(together[slot].entry_values, alone[slot].entry_values);
      for (size_t row = 0; row < together[slot].nulls.size(); ++row) {
        if (together[slot].nulls[row] != 0 || together[slot].reals.empty()) continue;
        ASSERT_EQ(together[slot].reals[row], alone[slot].reals[row]) << "slot " << slot;
      }
    }
  }
}

}  // namespace
}  // namespace coterie::features
