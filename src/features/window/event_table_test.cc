#include "features/window/event_table.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "features/window/random_log_internal.h"

namespace coterie::features {
namespace {

template <class T>
void append_bytes(const std::vector<T>& values, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

// Every result of a plan at the same times for all entities, as bytes (nulls read as zero).
std::string result_bytes(const RandomLog& log, const EventTable& table,
                         const std::vector<Micros>& at) {
  const WindowPlan plan = full_plan(log.layout);
  const WindowEvaluator evaluator(log.layout, plan, log.pools());
  const auto rows = static_cast<int64_t>(at.size());
  auto slots = make_slots(plan, log.layout, rows * table.entities());
  WindowEvaluator::Scratch scratch;
  EventTable::Cursor cursor(table);
  for (int32_t e = 0; e < table.entities(); ++e) {
    evaluator.evaluate(cursor.events_of(e), at, e * rows, slots, scratch);
  }
  std::string bytes;
  for (SlotColumn& slot : slots) {
    for (size_t i = 0; i < slot.nulls.size(); ++i) {
      if (slot.nulls[i] == 0) continue;
      if (!slot.integers.empty()) slot.integers[i] = 0;
      if (!slot.reals.empty()) slot.reals[i] = 0;
      if (!slot.codes.empty()) slot.codes[i] = 0;
    }
    append_bytes(slot.integers, bytes);
    append_bytes(slot.reals, bytes);
    append_bytes(slot.codes, bytes);
    append_bytes(slot.nulls, bytes);
    append_bytes(slot.entry_codes, bytes);
    append_bytes(slot.entry_values, bytes);
    append_bytes(slot.ends, bytes);
  }
  return bytes;
}

void shuffle(std::vector<LogRow>& rows, uint64_t seed) {
  math::RandomStream random(seed, 9, 0);
  for (size_t i = rows.size(); i > 1; --i) {
    std::swap(rows[i - 1], rows[random.below(static_cast<uint32_t>(i))]);
  }
}

TEST(EventTable, EqualBytesWhateverTheThreadsAndTheOrder) {
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE(seed);
    const RandomLog log = make_random_log({.entities = 120, .events = 60, .late = 0.1}, seed);
    const auto at = random_times(log.log[0], 6, seed);
    auto rows = rows_of(log);
    ThreadPool one(1);
    ThreadPool two(2);
    const EventTable first = build_table(log, rows, 1, one, seed);
    EXPECT_EQ(first.entities(), 120);
    EXPECT_EQ(first.events(), static_cast<int64_t>(rows.size()));
    const std::string expected = result_bytes(log, first, at);
    EXPECT_TRUE(result_bytes(log, build_table(log, rows, 3, two, seed), at) == expected);
    shuffle(rows, seed);
    EXPECT_TRUE(result_bytes(log, build_table(log, rows, 2, two, seed + 1), at) == expected);
  }
}

// Rows that nobody could know of at q, whatever they say, change no value at q.
TEST(EventTable, TheFutureIsNotSeen) {
  ThreadPool pool(2);
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    const LogShape shape{.entities = 60, .events = 40, .late = 0.2};
    const RandomLog log = make_random_log(shape, seed);
    const Micros q = 200 * kMicrosPerDay;
    RandomLog other = make_random_log(shape, seed + 100);
    int replaced = 0;
    for (size_t e = 0; e < log.log.size(); ++e) {
      std::erase_if(other.log[e], [&](const OracleEvent& event) {
        return event.time <= q && event.arrived <= q;
      });
      replaced += static_cast<int>(other.log[e].size());
      for (const OracleEvent& event : log.log[e]) {
        if (event.time <= q && event.arrived <= q) other.log[e].push_back(event);
      }
    }
    ASSERT_GT(replaced, 500);
    const std::vector<Micros> at{q - 50 * kMicrosPerDay, q - 1, q};
    const EventTable known = build_table(log, rows_of(log), 1, pool, seed);
    const EventTable changed = build_table(other, rows_of(other), 1, pool, seed);
    EXPECT_TRUE(result_bytes(log, known, at) == result_bytes(other, changed, at));
  }
}

TEST(EventTable, LeavesOutRowsWithoutAnEntity) {
  const RandomLog log = make_random_log({.entities = 20, .events = 20}, 7);
  auto rows = rows_of(log);
  const auto kept = static_cast<int64_t>(rows.size());
  ThreadPool pool(1);
  const std::vector<Micros> at{300 * kMicrosPerDay};
  const std::string expected = result_bytes(log, build_table(log, rows, 1, pool, 7), at);
  for (int i = 0; i < 50; ++i) rows.push_back({-1, rows[static_cast<size_t>(i)].event});
  shuffle(rows, 7);
  const EventTable table = build_table(log, rows, 2, pool, 7);
  EXPECT_EQ(table.events(), kept);
  EXPECT_TRUE(result_bytes(log, table, at) == expected);
}

TEST(EventTable, Empty) {
  const RandomLog log = make_random_log({.entities = 3, .events = 0}, 7);
  ThreadPool pool(2);
  const EventTable table = build_table(log, {}, 1, pool, 7);
  EXPECT_EQ(table.entities(), 3);
  EXPECT_EQ(table.events(), 0);
  EXPECT_EQ(table.events_of(2), 0);
  EventTable::Cursor cursor(table);
  EXPECT_EQ(cursor.events_of(1).count, 0);
  EXPECT_EQ(newest_visible(cursor.events_of(1), 0), -1);

  std::vector<EventTableBuilder> none;
  none.emplace_back(log.layout, 0);
  EXPECT_EQ(EventTableBuilder::finish(std::move(none), pool).entities(), 0);
}

// So many rows that those of an entity wait in several pieces of memory, nulls from the middle on.
TEST(EventTable, RowsOfManyBlocks) {
  constexpr int32_t kEntities = 37;
  constexpr int32_t kRows = 400'000;
  constexpr int32_t kFirstNull = 250'000;
  EventLayout layout;
  layout.columns = {Cell::kInteger};
  std::vector<EventTableBuilder> builders;
  for (int b = 0; b < 2; ++b) builders.emplace_back(layout, kEntities);
  constexpr int32_t kChunk = 2000;
  for (int32_t first = 0; first < kRows; first += kChunk) {
    std::vector<int32_t> entities(kChunk);
    std::vector<Micros> times(kChunk);
    std::vector<int64_t> amounts(kChunk);
    for (int32_t i = 0; i < kChunk; ++i) {
      entities[i] = i % 3 == 0 ? 5 : (first + i) % kEntities;  // one has a third of the rows
      times[i] = kRows - (first + i);
      amounts[i] = first + i;
    }
    std::vector<uint8_t> nulls(kChunk, 1);
    std::vector<EventColumn> columns(1);
    columns[0].cell = Cell::kInteger;
    columns[0].integers = amounts.data();
    columns[0].nulls = first >= kFirstNull ? nulls.data() : nullptr;
    builders[static_cast<size_t>(first / kChunk % 2)].add(
        {.entities = entities, .times = times, .columns = columns, .passes = {}});
  }
  ThreadPool pool(2);
  const EventTable table = EventTableBuilder::finish(std::move(builders), pool);
  ASSERT_EQ(table.events(), kRows);
  EventTable::Cursor cursor(table);
  for (int32_t entity = 0; entity < kEntities; ++entity) {
    const EventsView view = cursor.events_of(entity);
    for (int64_t i = 0; i < view.count; ++i) {
      const auto row = static_cast<int32_t>(kRows - view.times[i]);
      ASSERT_TRUE(i == 0 || view.times[i - 1] < view.times[i]);
      ASSERT_EQ(entity, row % kChunk % 3 == 0 ? 5 : row % kEntities);
      ASSERT_EQ(view.columns[0].nulls[i], row >= kFirstNull ? 1 : 0);
      ASSERT_EQ(view.columns[0].integers[i], row >= kFirstNull ? 0 : row);
    }
  }
}

// One array for each thing that some row says, none for the others.
TEST(EventTable, HoldsWhatItSays) {
  EventLayout layout;
  layout.columns = {Cell::kCode, Cell::kInteger};
  layout.filters = 1;
  layout.add_mask({.filter = 0, .column = -1});
  layout.add_distinct({.column = 0, .mask = -1});
  const std::vector<int32_t> entities(100, 0);
  const std::vector<Micros> times(100, 5);
  const std::vector<int32_t> codes(100, 1);
  const std::vector<int64_t> amounts(100, 1);
  std::vector<uint8_t> passes(100, 1);
  const auto table_bytes = [&] {
    std::vector<EventColumn> columns(2);
    columns[0].cell = Cell::kCode;
    columns[0].codes = codes.data();
    columns[1].cell = Cell::kInteger;
    columns[1].integers = amounts.data();
    const uint8_t* filters[] = {passes.data()};
    std::vector<EventTableBuilder> builders;
    builders.emplace_back(layout, 1);
    builders[0].add({.entities = entities, .times = times, .columns = columns, .passes = filters});
    EXPECT_EQ(builders[0].rows(), 100);
    ThreadPool pool(1);
    return EventTableBuilder::finish(std::move(builders), pool).bytes();
  };
  const int64_t time_code_amount_next = 8 + 4 + 8 + 4;
  EXPECT_EQ(table_bytes(), 100 * time_code_amount_next + 8);
  passes[3] = 0;
  EXPECT_EQ(table_bytes(), 100 * (time_code_amount_next + 1) + 8);
}

}  // namespace
}  // namespace coterie::features
