#include "features/window/entity_history.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "features/window/entity_history_internal.h"
#include "features/window/window_kernels_internal.h"

namespace coterie::features {
namespace {

constexpr int32_t kFirstCapacity = 4;
constexpr size_t kLineBytes = 64;

bool counts(const Mask& mask, const EventRow& row) {
  return (mask.filter < 0 || row.passes[mask.filter] != 0) &&
         (mask.column < 0 || !row.values[mask.column].null);
}

// Makes room for an entry at `at` among `count`.
template <class T>
void open_gap(T* values, int32_t at, int32_t count) {
  std::memmove(values + at + 1, values + at, static_cast<size_t>(count - at) * sizeof(T));
}

template <class T>
void put(T* values, int32_t at, int32_t count, T value) {
  open_gap(values, at, count);
  values[at] = value;
}

int32_t last_equal(const int32_t* values, int32_t n, int32_t value) {
  return window_kernels().last_equal_code(values, n, value);
}
int32_t last_equal(const int64_t* values, int32_t n, int64_t value) {
  return window_kernels().last_equal_integer(values, n, value);
}

// The nearest event before `at` of the same value that counts (next >= 0), or -1.
template <class T>
int32_t occurrence_before(const T* values, const int32_t* next, int32_t first, int32_t at) {
  const T value = values[at];
  while (at > first) {
    at = first + last_equal(values + first, at - first, value);
    if (at < first || next[at] >= 0) break;
  }
  return at < first || next[at] < 0 ? -1 : at;
}

template <class T>
int32_t occurrence_after(const T* values, const int32_t* next, int32_t at, int32_t count) {
  for (int32_t j = at + 1; j < count; ++j) {
    if (values[j] == values[at] && next[j] >= 0) return j;
  }
  return kNoNext;
}

// Where an event was linked in: what comes before it, -1 if nothing, and what came next there.
struct Linked {
  int32_t before = -1;
  int32_t was = kNoNext;
};

// Links the event at `at`, which the mask counts, into the chain of its value. `count` includes it.
template <class T>
Linked link(const T* values, int32_t* next, int32_t first, int32_t at, int32_t count) {
  const int32_t before = occurrence_before(values, next, first, at);
  if (before < 0) {
    next[at] = occurrence_after(values, next, at, count);
    return {};
  }
  next[at] = std::exchange(next[before], at);
  return {before, next[at]};
}

}  // namespace

EntityHistory::EntityHistory(const EventLayout& layout) { new (impl_) Impl(layout); }
EntityHistory::EntityHistory(EntityHistory&& other) noexcept {
  new (impl_) Impl(std::move(other.own()));
}
EntityHistory& EntityHistory::operator=(EntityHistory&& other) noexcept {
  own() = std::move(other.own());
  return *this;
}
EntityHistory::~EntityHistory() { own().~Impl(); }

int64_t EntityHistory::size() const { return own().count - own().first; }

int64_t EntityHistory::bytes() const {
  const Impl& own = this->own();
  if (own.memory == nullptr) return 0;
  return own.allocation_bytes() + (own.has_blocks() ? own.blocks()->bytes() : 0);
}

void EntityHistory::prefetch() const {
  const Impl& own = this->own();
  for (size_t at = 0; at < own.near_bytes; at += kLineBytes)
    __builtin_prefetch(own.memory.get() + at);
}

void EntityHistory::insert(const EventRow& row) {
  Impl& own = this->own();
  const EventLayout& layout = *own.layout;
  CHECK(row.values.size() == layout.columns.size());
  CHECK(row.passes.size() == static_cast<size_t>(layout.filters));
  const bool late = row.arrived > row.time;
  if (own.count == own.capacity || (late && !own.late)) {
    const int32_t live = own.count - own.first;
    CHECK(live < (1 << 30));
    if (own.first > live / 4 && (own.late || !late)) {
      own.compact();
    } else {
      own.reallocate(std::max(kFirstCapacity, live + live / 2), own.late || late);
    }
  }
  const Micros* times = own.array<Micros>(0);
  int32_t at = own.count;
  if (at > own.first && times[at - 1] > row.time) {
    at = static_cast<int32_t>(std::upper_bound(times + own.first, times + at, row.time) - times);
  }
  own.place(row, at);
  ++own.count;
  own.link_event(row, at);
}

void EntityHistory::Impl::place(const EventRow& row, int32_t at) {
  for_parts([&](Part part, int index, int64_t, int64_t before) {
    switch (part) {
      case Part::kTimes:
        return put(array<Micros>(before), at, count, row.time);
      case Part::kArrivals:
        return put(array<Micros>(before), at, count, std::max(row.time, row.arrived));
      case Part::kLatest:
        return put(array<Micros>(before), at, count, std::max(row.time, row.arrived));
      case Part::kColumn:
        return place_value(row.values[index], index, before, at);
      case Part::kNext:
        return open_gap(array<int32_t>(before), at, count);
      case Part::kNulls:
        null_counts()[index] += row.values[index].null ? 1 : 0;
        return put(array<uint8_t>(before), at, count, uint8_t{row.values[index].null});
      case Part::kMask: {
        const bool counted = counts(layout->masks[index], row);
        left_out()[index] += counted ? 0 : 1;
        return put(array<uint8_t>(before), at, count, uint8_t{counted});
      }
    }
  });
}

void EntityHistory::Impl::place_value(const EventValue& value, int index, int64_t before,
                                      int32_t at) {
  switch (layout->columns[index]) {
    case Cell::kInteger: {
      const int64_t kept = value.null ? 0 : value.integer;
      magnitudes()[index] = add_magnitude(magnitudes()[index], kept);
      return put(array<int64_t>(before), at, count, kept);
    }
    case Cell::kReal:
      return put(array<double>(before), at, count, value.null ? 0.0 : value.real + 0.0);
    case Cell::kCode:
      return put(array<int32_t>(before), at, count, value.null ? 0 : value.code);
  }
}

void EntityHistory::Impl::link_event(const EventRow& row, int32_t at) {
  KeptBlocks* const kept = has_blocks() ? blocks() : nullptr;
  if (kept != nullptr) kept->insert(at, count);
  for (size_t d = 0; d < layout->distincts.size(); ++d) {
    const DistinctIndex& index = layout->distincts[d];
    auto* next = part<int32_t>(Part::kNext, static_cast<int>(d));
    if (at + 1 < count) {
      for (int32_t i = first; i < count; ++i) {
        next[i] += next[i] >= at && next[i] != kNoNext && i != at ? 1 : 0;
      }
    }
    next[at] = -1;
    if (index.mask >= 0 && !counts(layout->masks[index.mask], row)) continue;
    const Linked linked =
        layout->columns[index.column] == Cell::kCode
            ? link(part<int32_t>(Part::kColumn, index.column), next, first, at, count)
            : link(part<int64_t>(Part::kColumn, index.column), next, first, at, count);
    if (kept != nullptr && linked.before >= 0)
      kept->relink(static_cast<int>(d), linked.before, linked.was, at);
  }
  if (!late) return;
  auto* latest = part<Micros>(Part::kLatest);
  if (at > first) latest[at] = std::max(latest[at], latest[at - 1]);
  for (int32_t i = at + 1; i < count && latest[i] < latest[at]; ++i) latest[i] = latest[at];
}

int64_t EntityHistory::keep_newest(int64_t max_events) {
  CHECK(max_events >= 0);
  Impl& own = this->own();
  const int64_t surplus = size() - max_events;
  if (surplus <= 0) return 0;
  const auto from = own.first;
  own.first += static_cast<int32_t>(surplus);
  own.for_parts([&](Part part, int index, int64_t, int64_t before) {
    const uint8_t* bytes = own.array<uint8_t>(before);
    for (int32_t i = from; i < own.first; ++i) {
      if (part == Part::kNulls) own.null_counts()[index] -= bytes[i];
      if (part == Part::kMask) own.left_out()[index] -= 1 - bytes[i];
    }
  });
  // What was dropped is moved over when it is as much as what stays: O(1) an event in the long run.
  if (own.first >= size()) own.compact();
  return surplus;
}

struct EntityHistory::ViewScratch::Impl {
  std::vector<EventColumn> columns;
  std::vector<const uint8_t*> masks;
  std::vector<const int32_t*> next;
};

EntityHistory::ViewScratch::ViewScratch() : impl_(std::make_unique<Impl>()) {}
EntityHistory::ViewScratch::ViewScratch(ViewScratch&&) noexcept = default;
EntityHistory::ViewScratch& EntityHistory::ViewScratch::operator=(ViewScratch&&) noexcept = default;
EntityHistory::ViewScratch::~ViewScratch() = default;

EventsView EntityHistory::view(ViewScratch& scratch) const {
  const Impl& own = this->own();
  const EventLayout& layout = *own.layout;
  ViewScratch::Impl& arrays = *scratch.impl_;
  arrays.columns.assign(layout.columns.size(), {});
  arrays.masks.assign(layout.masks.size(), nullptr);
  arrays.next.assign(layout.distincts.size(), nullptr);
  EventsView view;
  view.first = own.first;
  view.count = own.count;
  view.columns = arrays.columns.data();
  view.masks = arrays.masks.data();
  view.next = arrays.next.data();
  for (size_t c = 0; c < layout.columns.size(); ++c) arrays.columns[c].cell = layout.columns[c];
  if (own.memory == nullptr) return view;
  if (own.has_blocks()) view.kept = own.blocks();
  own.for_parts([&](Part part, int index, int64_t, int64_t before) {
    switch (part) {
      case Part::kTimes:
        view.times = own.array<Micros>(before);
        break;
      case Part::kArrivals:
        view.arrivals = own.array<Micros>(before);
        break;
      case Part::kLatest:
        view.latest_arrival = own.array<Micros>(before);
        break;
      case Part::kColumn:
        own.point_column(arrays.columns[index], index, before);
        break;
      case Part::kNext:
        arrays.next[index] = own.array<int32_t>(before);
        break;
      case Part::kNulls:
        if (own.null_counts()[index] > 0) {
          arrays.columns[index].nulls = own.array<uint8_t>(before);
        }
        break;
      case Part::kMask:
        if (own.left_out()[index] > 0) arrays.masks[index] = own.array<uint8_t>(before);
        break;
    }
  });
  return view;
}

}  // namespace coterie::features
