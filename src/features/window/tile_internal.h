#pragma once
// Where windows begin and end among an entity's events.

#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "features/window/events_view.h"

namespace coterie::features {

// The first of the events [first, end) later than `time`; `end` if there is none. O(log) of the
// distance from the end.
int32_t first_after(const EventsView& view, Micros time, int32_t end);

// Fills begins[i] with the first event of [first, end) in the i-th of the ascending windows at q.
void find_begins(const EventsView& view, Micros at, int32_t end, std::span<const Micros> windows,
                 int32_t* begins);

}  // namespace coterie::features
