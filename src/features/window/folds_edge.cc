// What stands at the ends of a window: first, last, latest, time since, streaks.

#include <cstring>
#include <limits>

#include "features/window/column_order_internal.h"
#include "features/window/folds_internal.h"
#include "features/window/tile_internal.h"

namespace coterie::features {
namespace {

// The newest counted event of [begin, end), or -1.
int32_t last_counted(const uint8_t* mask, int32_t begin, int32_t end) {
  if (begin >= end) return -1;
  if (mask == nullptr || mask[end - 1] != 0) return end - 1;
  const void* found = ::memrchr(mask + begin, 1, static_cast<size_t>(end - begin));
  return found == nullptr ? -1 : static_cast<int32_t>(static_cast<const uint8_t*>(found) - mask);
}

// The oldest counted event of [begin, end), or -1.
int32_t first_counted(const uint8_t* mask, int32_t begin, int32_t end) {
  if (begin >= end) return -1;
  if (mask == nullptr) return begin;
  const void* found = std::memchr(mask + begin, 1, static_cast<size_t>(end - begin));
  return found == nullptr ? -1 : static_cast<int32_t>(static_cast<const uint8_t*>(found) - mask);
}

// Of the counted events at the time of event `edge`, at or before it: that of the greatest value,
// any value before null; -1 if all are null.
template <class Order>
int32_t greatest_of_time(const Order& order, const EventsView& view, const uint8_t* mask,
                         const uint8_t* nulls, int32_t edge) {
  int32_t best = -1;
  for (int32_t i = edge; i >= view.first && view.times[i] == view.times[edge]; --i) {
    if (mask != nullptr && mask[i] == 0) continue;
    if (nulls != nullptr && nulls[i] != 0) continue;
    if (best < 0 || order.less(order.at(best), order.at(i))) best = i;
  }
  return best;
}

// The same from `edge` on, up to `end`: that of the least value.
template <class Order>
int32_t least_of_time(const Order& order, const EventsView& view, const uint8_t* mask, int32_t edge,
                      int32_t end) {
  int32_t best = edge;
  for (int32_t i = edge; i < end && view.times[i] == view.times[edge]; ++i) {
    if (mask != nullptr && mask[i] == 0) continue;
    if (order.less(order.at(i), order.at(best))) best = i;
  }
  return best;
}

void put_time_since(const Tile& tile, const Output& output, int row, int32_t edge) {
  int64_t since = 0;
  const bool overflow =
      edge < 0 || __builtin_sub_overflow(tile.at[row], tile.view->times[edge], &since);
  put(tile, output, row, since, overflow);
}

// Where the aggregates need no column, times alone are asked for.
void fold_times_since(const Fold& fold, const Tile& tile) {
  const uint8_t* mask = tile.mask(fold);
  for (int row = 0; row < tile.rows; ++row) {
    const int32_t edge = last_counted(mask, tile.begin(row, fold.windows.back()), tile.ends[row]);
    for (const FoldWindow& window : fold.windows) {
      const bool inside = edge >= tile.begin(row, window);
      for (int i = window.first; i < window.last; ++i) {
        put_time_since(tile, fold.outputs[i], row, inside ? edge : -1);
      }
    }
  }
}

template <class Order>
void fold_latest_values(const Order& order, const Fold& fold, const Tile& tile) {
  const EventsView& view = *tile.view;
  const uint8_t* mask = tile.mask(fold);
  const uint8_t* nulls = view.columns[fold.column].nulls;
  for (int row = 0; row < tile.rows; ++row) {
    const int32_t edge = last_counted(mask, tile.begin(row, fold.windows.back()), tile.ends[row]);
    const int32_t best = edge < 0 ? -1 : greatest_of_time(order, view, mask, nulls, edge);
    for (const FoldWindow& window : fold.windows) {
      const bool inside = edge >= tile.begin(row, window);
      for (int i = window.first; i < window.last; ++i) {
        const Output& output = fold.outputs[i];
        if (output.function == Function::kTimeSince) {
          put_time_since(tile, output, row, inside ? edge : -1);
        } else if (inside && best >= 0) {
          put(tile, output, row, order.at(best));
        } else {
          put_null(tile, output, row, true);
        }
      }
    }
  }
}

// How many periods in a row, from q backwards, hold a counted event.
int64_t streak_of(const Fold& fold, const Tile& tile, const Output& output, int row) {
  const EventsView& view = *tile.view;
  const uint8_t* mask = tile.mask(fold);
  const int64_t limit = output.window == kLifetime ? std::numeric_limits<int64_t>::max()
                                                   : output.window / output.period;
  Micros boundary = tile.at[row];
  int32_t end = tile.ends[row];
  int64_t n = 0;
  while (n < limit && end > view.first) {
    const bool beyond = __builtin_sub_overflow(boundary, output.period, &boundary);
    const int32_t begin =
        beyond ? static_cast<int32_t>(view.first) : first_after(view, boundary, end);
    if (last_counted(mask, begin, end) < 0) break;
    end = begin;
    ++n;
  }
  return n;
}

}  // namespace

void fold_latest(const Fold& fold, const Tile& tile) {
  if (fold.column < 0) return fold_times_since(fold, tile);
  with_order(tile.view->columns[fold.column], tile.pools[fold.column],
             [&](const auto& order) { fold_latest_values(order, fold, tile); });
}

void fold_first(const Fold& fold, const Tile& tile) {
  const EventsView& view = *tile.view;
  const uint8_t* mask = tile.mask(fold);
  with_order(view.columns[fold.column], tile.pools[fold.column], [&](const auto& order) {
    for (int row = 0; row < tile.rows; ++row) {
      for (const FoldWindow& window : fold.windows) {
        const int32_t end = tile.ends[row];
        const int32_t edge = first_counted(mask, tile.begin(row, window), end);
        const int32_t best = edge < 0 ? -1 : least_of_time(order, view, mask, edge, end);
        for (int i = window.first; i < window.last; ++i) {
          if (best >= 0) {
            put(tile, fold.outputs[i], row, order.at(best));
          } else {
            put_null(tile, fold.outputs[i], row, true);
          }
        }
      }
    }
  });
}

void fold_streaks(const Fold& fold, const Tile& tile) {
  for (int row = 0; row < tile.rows; ++row) {
    for (const Output& output : fold.outputs) {
      put(tile, output, row, streak_of(fold, tile, output, row));
    }
  }
}

}  // namespace coterie::features
