#include "features/window/evaluator.h"
#include "features/window/tile_internal.h"

namespace coterie::features {
namespace {

// One past the last event of [first, count) at or before q.
int64_t first_later(const EventsView& events, Micros at) {
  int64_t low = events.first;
  if (events.count > low && events.times[events.count - 1] <= at) return events.count;
  int64_t length = events.count - low;
  while (length > 0) {
    const int64_t half = length / 2;
    const bool right = events.times[low + half] <= at;
    low = right ? low + half + 1 : low;
    length = right ? length - half - 1 : half;
  }
  return low;
}

}  // namespace

int64_t newest_visible(const EventsView& events, Micros at) {
  int64_t newest = first_later(events, at) - 1;
  if (events.arrivals != nullptr) {
    while (newest >= events.first && events.arrivals[newest] > at) --newest;
  }
  return newest >= events.first ? newest : -1;
}

int32_t first_after(const EventsView& view, Micros time, int32_t end) {
  // Steps double until one is at or before `time`; the answer lies in the last step.
  const auto first = static_cast<int32_t>(view.first);
  int32_t high = end;
  int32_t step = 4;
  int32_t low = end;
  while (low > first) {
    low = end - first > step ? end - step : first;
    if (view.times[low] <= time) break;
    high = low;
    step *= 2;
  }
  int32_t length = high - low;
  while (length > 0) {
    const int32_t half = length / 2;
    const bool right = view.times[low + half] <= time;
    low = right ? low + half + 1 : low;
    length = right ? length - half - 1 : half;
  }
  return low;
}

void find_begins(const EventsView& view, Micros at, int32_t end, std::span<const Micros> windows,
                 int32_t* begins) {
  for (const Micros window : windows) {
    Micros after = 0;
    const bool everything = window == kLifetime || __builtin_sub_overflow(at, window, &after);
    end = everything ? static_cast<int32_t>(view.first) : first_after(view, after, end);
    *begins++ = end;
  }
}

}  // namespace coterie::features
