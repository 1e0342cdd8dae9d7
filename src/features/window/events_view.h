#pragma once
// One entity's events of one source as the evaluator reads them, whoever keeps them.

#include <cstdint>
#include <limits>

#include "base/clock.h"
#include "features/window/event_layout.h"

namespace coterie::features {

inline constexpr int32_t kNoNext = std::numeric_limits<int32_t>::max();
// The event time of nothing.
inline constexpr Micros kNever = std::numeric_limits<Micros>::min();

class KeptBlocks;

struct EventColumn {
  Cell cell = Cell::kInteger;
  bool wide = false;                  // integers: the sum of |x| over all events may pass 64 bits
  const int64_t* integers = nullptr;  // the array of `cell`; the others are null
  const double* reals = nullptr;
  const int32_t* codes = nullptr;
  const uint8_t* nulls = nullptr;  // 1 = null; a null pointer: no nulls
};

// Views; the keeper's arrays outlive it. The events are the entries [first, count) of all arrays,
// in ascending order of `times`; what stands before `first` was dropped. The order of equal times
// means nothing, and no result depends on it beyond the rounding of real sums.
// A view of 0 events may be empty altogether: EventsView{}.
struct EventsView {
  int64_t first = 0;
  int64_t count = 0;
  const Micros* times = nullptr;
  // When the events became visible, never before their times, and the latest of these up to each
  // event. Null pointers: each at its time.
  const Micros* arrivals = nullptr;
  const Micros* latest_arrival = nullptr;
  const EventColumn* columns = nullptr;  // of the layout
  // Of the layout: 1 = counts, 0 = does not. A null pointer among them: all count.
  const uint8_t* const* masks = nullptr;
  // Of the layout's distincts: the index of the next event of the same value that the mask counts,
  // kNoNext if there is none, -1 at events that the mask does not count.
  const int32_t* const* next = nullptr;
  // Aggregates that stay with a long history; evaluations add to them, one at a time. May be null.
  KeptBlocks* kept = nullptr;
};

}  // namespace coterie::features
