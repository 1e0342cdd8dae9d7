#pragma once
// For tests: random logs of one source with all that makes windows hard, and plans that ask
// everything of them.

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/threads.h"
#include "features/window/evaluator.h"
#include "features/window/event_table.h"
#include "features/window/oracle.h"
#include "math/random.h"

namespace coterie::features {

// The columns of a random log: an amount (null at times, refunds cancel), a real, a category (null
// at times), a customer, and integers whose sums pass 64 bits.
enum LogColumn : int { kAmount, kReal, kCategory, kCustomer, kHuge };

struct LogShape {
  int entities = 1;
  int events = 20;                    // of an entity, at most
  Micros span = 400 * kMicrosPerDay;  // times lie in [0, span)
  Micros grain = kMicrosPerDay / 2;   // and are multiples of this: ties
  double late = 0;                    // share of events that arrive later
  double null = 0.2;                  // share of nulls
  bool extreme = false;               // some times at the ends of the calendar
};

// A log with its pools; entity e has the events log[e], in no order.
struct RandomLog {
  EventLayout layout;
  TextPool categories;
  TextPool customers;
  std::vector<std::vector<OracleEvent>> log;

  std::vector<const TextPool*> pools() const {
    return {nullptr, nullptr, &categories, &customers, nullptr};
  }
};

RandomLog make_random_log(const LogShape& shape, uint64_t seed);
// Every function over every column it takes, under several masks and windows.
WindowPlan full_plan(const EventLayout& layout);
// Slots of the right kinds for a plan whose slots are 0, 1, ..., sized for `rows`.
std::vector<SlotColumn> make_slots(const WindowPlan& plan, const EventLayout& layout, int64_t rows);
// Ascending times to ask at: before, at, and between events, and at the ends of the calendar.
std::vector<Micros> random_times(const std::vector<OracleEvent>& events, int count, uint64_t seed);

// Empty if full_plan() over `view` (of `events`, with codes of `pools`) says at each of the
// ascending times what the oracle says; else the first difference.
std::string difference_from_oracle(const RandomLog& log, const EventsView& view,
                                   const std::vector<OracleEvent>& events,
                                   const std::vector<const TextPool*>& pools,
                                   const std::vector<Micros>& at);

// A row with its entity.
struct LogRow {
  int32_t entity;
  const OracleEvent* event;
};
std::vector<LogRow> rows_of(const RandomLog& log);
// Through `builders` builders, in chunks of random sizes.
EventTable build_table(const RandomLog& log, const std::vector<LogRow>& rows, int builders,
                       ThreadPool& pool, uint64_t seed);

}  // namespace coterie::features
