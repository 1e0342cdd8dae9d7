#pragma once
// The slow path: at a time when some event had not arrived, the visible ones are copied together.

#include <cstdint>
#include <vector>

#include "features/window/event_layout.h"
#include "features/window/events_view.h"
#include "features/window/value_table_internal.h"

namespace coterie::features {

// Memory of one thread. A view is valid until the next call.
class LateEvents {
 public:
  // The events of [first, end) that had arrived at q, as a view of their own. O(end - first) for
  // each column, mask and distinct index.
  const EventsView& visible(const EventLayout& layout, const EventsView& events, int32_t end,
                            Micros at);

 private:
  struct Column {
    std::vector<int64_t> integers;
    std::vector<double> reals;
    std::vector<int32_t> codes;
    std::vector<uint8_t> nulls;
  };
  void copy_columns(const EventLayout& layout, const EventsView& events);

  std::vector<int32_t> kept_;
  std::vector<Micros> times_;
  std::vector<Column> columns_;
  std::vector<EventColumn> column_views_;
  std::vector<std::vector<uint8_t>> masks_;
  std::vector<const uint8_t*> mask_views_;
  std::vector<std::vector<int32_t>> next_;
  std::vector<const int32_t*> next_views_;
  ValueTable values_;
  EventsView view_;
};

}  // namespace coterie::features
