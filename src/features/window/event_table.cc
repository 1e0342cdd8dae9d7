#include "features/window/event_table.h"

#include <algorithm>

#include "base/check.h"
#include "features/window/event_table_internal.h"

namespace coterie::features {
namespace {

constexpr int64_t kPrefetchedEvents = 64;  // of a longer history the processor guesses the rest

}  // namespace

EventTable::EventTable(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
EventTable::EventTable(EventTable&&) noexcept = default;
EventTable& EventTable::operator=(EventTable&&) noexcept = default;
EventTable::~EventTable() = default;

int32_t EventTable::entities() const {
  return static_cast<int32_t>(impl_->rows.offsets.size()) - 1;
}
int64_t EventTable::events() const { return impl_->rows.rows(); }

int64_t EventTable::events_of(int32_t entity) const {
  CHECK(entity >= 0 && entity < entities());
  return impl_->rows.offsets[entity + 1] - impl_->rows.offsets[entity];
}

int64_t EventTable::bytes() const {
  const SortedRows& rows = impl_->rows;
  const LaneIndex index(rows.layout);
  int64_t row_bytes = rows.latest_arrival == nullptr ? 0 : sizeof(Micros);
  for (int lane = 0; lane < index.count(); ++lane) {
    if (has_lane(rows.lanes[lane])) row_bytes += index.width(lane);
  }
  row_bytes += static_cast<int64_t>(rows.next.size() * sizeof(int32_t));
  int64_t entity_bytes = sizeof(int64_t);
  for (const auto& wide : rows.wide) entity_bytes += wide.empty() ? 0 : 1;
  return rows.rows() * row_bytes + entities() * entity_bytes;
}

struct EventTable::Cursor::Impl {
  const SortedRows* rows;
  LaneIndex index;
  // Of the whole table, and of the entity in view.
  EventsView all;
  std::vector<EventColumn> all_columns;
  std::vector<const uint8_t*> all_masks;
  EventsView view;
  std::vector<EventColumn> columns;
  std::vector<const uint8_t*> masks;
  std::vector<const int32_t*> next;

  explicit Impl(const SortedRows& sorted) : rows(&sorted), index(sorted.layout) {
    all.times = lane_data<int64_t>(sorted.lanes[LaneIndex::kTimes]);
    if (has_lane(sorted.lanes[LaneIndex::kArrivals])) {
      all.arrivals = lane_data<int64_t>(sorted.lanes[LaneIndex::kArrivals]);
      all.latest_arrival = sorted.latest_arrival.get();
    }
    for (size_t c = 0; c < sorted.layout.columns.size(); ++c) {
      all_columns.push_back(whole_column(static_cast<int>(c)));
    }
    for (size_t m = 0; m < sorted.layout.masks.size(); ++m) {
      all_masks.push_back(byte_lane(sorted.lanes[index.mask(static_cast<int>(m))]));
    }
    columns = all_columns;
    masks = all_masks;
    next.resize(sorted.next.size());
    view.columns = columns.data();
    view.masks = masks.data();
    view.next = next.data();
  }

  EventColumn whole_column(int c) const {
    const LaneArray& lane = rows->lanes[index.column(c)];
    EventColumn column;
    column.cell = rows->layout.columns[c];
    column.nulls = byte_lane(rows->lanes[index.nulls(c)]);
    switch (column.cell) {
      case Cell::kInteger:
        column.integers = lane_data<int64_t>(lane);
        break;
      case Cell::kReal:
        column.reals = lane_data<double>(lane);
        break;
      case Cell::kCode:
        column.codes = lane_data<int32_t>(lane);
        break;
    }
    return column;
  }

  template <class T>
  static const T* moved(const T* from, int64_t offset) {
    return from == nullptr ? nullptr : from + offset;
  }

  void move_to(int32_t entity) {
    const int64_t at = rows->offsets[entity];
    view.count = rows->offsets[entity + 1] - at;
    view.times = all.times + at;
    view.arrivals = moved(all.arrivals, at);
    view.latest_arrival = moved(all.latest_arrival, at);
    for (size_t c = 0; c < columns.size(); ++c) {
      const EventColumn& from = all_columns[c];
      columns[c].integers = moved(from.integers, at);
      columns[c].reals = moved(from.reals, at);
      columns[c].codes = moved(from.codes, at);
      columns[c].nulls = moved(from.nulls, at);
      columns[c].wide = !rows->wide[c].empty() && rows->wide[c][entity] != 0;
    }
    for (size_t m = 0; m < masks.size(); ++m) masks[m] = moved(all_masks[m], at);
    for (size_t d = 0; d < next.size(); ++d) next[d] = rows->next[d].get() + at;
  }
};

EventTable::Cursor::Cursor(const EventTable& table)
    : impl_(std::make_unique<Impl>(table.impl_->rows)) {}
EventTable::Cursor::Cursor(Cursor&&) noexcept = default;
EventTable::Cursor::~Cursor() = default;

void EventTable::Cursor::prefetch(int32_t entity) const {
  const int64_t begin = impl_->rows->offsets[entity];
  const int64_t end = std::min(impl_->rows->offsets[entity + 1], begin + kPrefetchedEvents);
  const auto lines = [&](const auto* values) {
    constexpr int64_t step = 64 / sizeof(*values);
    if (values == nullptr) return;
    for (int64_t i = begin; i < end; i += step) __builtin_prefetch(values + i);
    if (begin < end) __builtin_prefetch(values + end - 1);
  };
  lines(impl_->all.times);
  for (const EventColumn& column : impl_->all_columns) {
    lines(column.integers);
    lines(column.reals);
  }
  for (const auto& next : impl_->rows->next) lines(next.get());
}

EventsView EventTable::Cursor::events_of(int32_t entity) {
  CHECK(entity >= 0 && entity + 1 < static_cast<int32_t>(impl_->rows->offsets.size()));
  impl_->move_to(entity);
  return impl_->view;
}

}  // namespace coterie::features
