#pragma once
// The naive oracle: window_plan.h read definition by definition over a plain list of events. Slow,
// obviously right, and shares no code with the evaluator. For tests, here and in other folders.

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "features/window/event_layout.h"
#include "features/window/slots.h"
#include "features/window/text_pool.h"
#include "features/window/window_plan.h"

namespace coterie::features {

// An event that owns its values; in any order in a list.
struct OracleEvent {
  Micros time = 0;
  Micros arrived = 0;
  std::vector<EventValue> values;
  std::vector<uint8_t> passes;

  EventRow row() const { return {time, arrived, values, passes}; }
};

// A result, codes as texts ("#7" where the column has no pool).
struct OracleValue {
  bool null = true;
  Cell cell = Cell::kInteger;
  int64_t integer = 0;
  double real = 0;
  std::string text = {};
  bool list = false;
  std::vector<std::pair<std::string, double>> entries = {};
  double magnitude = 0;  // reals may differ by 1e-9 of it: the sum of |x|, or the result's size
};

// O(events of the window, squared for some functions).
OracleValue oracle_value(const EventLayout& layout, std::span<const OracleEvent> events,
                         std::span<const TextPool* const> pools, const Aggregate& aggregate,
                         Micros at);

// Empty if row `row` of `slot`, whose codes are of `pool` (may be null), says the same; else what
// was expected and what is there.
std::string oracle_difference(const OracleValue& expected, const SlotColumn& slot, int64_t row,
                              const TextPool* pool);

}  // namespace coterie::features
