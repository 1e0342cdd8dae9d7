#pragma once
// The index behind exact distinct counts: where each event's value comes next.

#include <cstdint>

#include "features/window/events_view.h"
#include "features/window/value_table_internal.h"

namespace coterie::features {

// Fills next[0, count) as EventsView says, of the first `count` entries of the column (kInteger or
// kCode) and mask (may be null). O(count).
void fill_next(const EventColumn& column, const uint8_t* mask, int64_t count, ValueTable& scratch,
               int32_t* next);

}  // namespace coterie::features
