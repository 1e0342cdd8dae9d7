// The one allocation of a history: where its arrays are, how it grows, and what it says of itself.

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "features/window/entity_history_internal.h"
#include "features/window/next_occurrence_internal.h"

namespace coterie::features {
namespace {

// More lines at once than memory serves would only push out others.
constexpr size_t kNearBytes = 2'048;

}  // namespace

int64_t EntityHistory::Impl::event_bytes() const {
  int64_t bytes = 0;
  for_parts([&](Part, int, int64_t width, int64_t before) { bytes = before + width; });
  return bytes;
}

int64_t EntityHistory::Impl::header_bytes() const {
  const size_t columns = layout->columns.size();
  const size_t bytes = 8 * columns + 4 * (columns + layout->masks.size());
  return static_cast<int64_t>((bytes + 7) / 8 * 8);
}

int64_t EntityHistory::Impl::allocation_bytes() const {
  const int64_t arrays = header_bytes() + event_bytes() * capacity;
  if (capacity < kLongEvents) return arrays;
  return (arrays + 7) / 8 * 8 + static_cast<int64_t>(sizeof(KeptBlocks*));
}

EntityHistory::Impl& EntityHistory::Impl::operator=(Impl&& other) noexcept {
  std::swap(layout, other.layout);
  std::swap(first, other.first);
  std::swap(count, other.count);
  std::swap(capacity, other.capacity);
  std::swap(late, other.late);
  std::swap(near_bytes, other.near_bytes);
  memory.swap(other.memory);
  return *this;
}

std::byte* EntityHistory::Impl::find(Part wanted, int index) const {
  std::byte* found = nullptr;
  for_parts([&](Part part, int i, int64_t, int64_t before) {
    if (part == wanted && i == index) found = base(before);
  });
  return found;
}

EventColumn EntityHistory::Impl::column(int index) const {
  EventColumn column;
  for_parts([&](Part part, int i, int64_t, int64_t before) {
    if (part == Part::kColumn && i == index) point_column(column, index, before);
  });
  if (null_counts()[index] > 0) column.nulls = part<uint8_t>(Part::kNulls, index);
  return column;
}

void EntityHistory::Impl::point_column(EventColumn& column, int index, int64_t before) const {
  column.cell = layout->columns[index];
  switch (column.cell) {
    case Cell::kInteger:
      column.integers = array<int64_t>(before);
      column.wide =
          magnitudes()[index] > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
      break;
    case Cell::kReal:
      column.reals = array<double>(before);
      break;
    case Cell::kCode:
      column.codes = array<int32_t>(before);
      break;
  }
}

const uint8_t* EntityHistory::Impl::mask(int index) const {
  return index < 0 || left_out()[index] == 0 ? nullptr : part<uint8_t>(Part::kMask, index);
}

namespace {

void shift_next(int32_t* next, int32_t count, int32_t by) {
  for (int32_t i = 0; i < count; ++i) {
    const bool index = next[i] >= 0 && next[i] != kNoNext;
    next[i] -= index ? by : 0;
  }
}

}  // namespace

void EntityHistory::Impl::reallocate(int32_t wanted, bool with_late) {
  Impl wider(*layout);
  wider.late = with_late;
  wider.capacity = wanted;
  wider.count = count - first;
  CHECK(wider.count <= wanted);
  const auto bytes = static_cast<size_t>(wider.allocation_bytes());
  wider.memory = std::make_unique_for_overwrite<std::byte[]>(bytes);
  wider.near_bytes = static_cast<uint16_t>(std::min(bytes, kNearBytes));
  if (memory == nullptr) {
    std::memset(wider.memory.get(), 0, static_cast<size_t>(header_bytes()));
  } else {
    std::memcpy(wider.memory.get(), memory.get(), static_cast<size_t>(header_bytes()));
    // Parts of late arrivals that are new stand behind the times and begin as their copies: until
    // now everything arrived at its time.
    const bool new_parts = with_late && !late;
    wider.for_parts([&](Part part, int, int64_t width, int64_t before) {
      const bool of_late = part == Part::kArrivals || part == Part::kLatest;
      int64_t here = before;
      if (new_parts && part != Part::kTimes)
        here = of_late ? 0 : before - 2 * int64_t{sizeof(Micros)};
      const std::byte* from = base(here);
      std::memcpy(wider.base(before), from + first * width,
                  static_cast<size_t>(wider.count * width));
      if (part == Part::kNext) shift_next(wider.array<int32_t>(before), wider.count, first);
    });
  }
  // Blocks are by place: they stay where the events do.
  if (wider.has_blocks()) {
    const bool stay = has_blocks() && first == 0;
    wider.blocks() =
        stay ? std::exchange(blocks(), nullptr) : std::make_unique<KeptBlocks>().release();
  }
  *this = std::move(wider);
}

void EntityHistory::Impl::compact() {
  for_parts([&](Part part, int, int64_t width, int64_t before) {
    std::byte* at = base(before);
    std::memmove(at, at + first * width, static_cast<size_t>((count - first) * width));
    if (part == Part::kNext) shift_next(array<int32_t>(before), count - first, first);
  });
  count -= first;
  first = 0;
  if (has_blocks()) *blocks() = KeptBlocks();

  count_sums();
}

void EntityHistory::Impl::count_sums() {
  std::memset(memory.get(), 0, static_cast<size_t>(header_bytes()));
  for_parts([&](Part part, int index, int64_t, int64_t before) {
    if (part == Part::kColumn && layout->columns[index] == Cell::kInteger) {
      const int64_t* values = array<int64_t>(before);
      uint64_t& sum = magnitudes()[index];
      for (int32_t i = first; i < count; ++i) sum = add_magnitude(sum, values[i]);
    }
    const uint8_t* bytes = array<uint8_t>(before);
    if (part == Part::kNulls) {
      for (int32_t i = first; i < count; ++i) null_counts()[index] += bytes[i];
    }
    if (part == Part::kMask) {
      for (int32_t i = first; i < count; ++i) left_out()[index] += 1 - bytes[i];
    }
  });
}

void EntityHistory::Impl::rebuild_indices() {
  CHECK(first == 0);
  count_sums();
  ValueTable values;
  for (size_t d = 0; d < layout->distincts.size(); ++d) {
    const DistinctIndex& index = layout->distincts[d];
    fill_next(column(index.column), mask(index.mask), count, values,
              part<int32_t>(Part::kNext, static_cast<int>(d)));
  }
  if (!late) return;
  const Micros* arrivals = part<Micros>(Part::kArrivals);
  Micros* latest = part<Micros>(Part::kLatest);
  for (int32_t i = 0; i < count; ++i) {
    latest[i] = i == 0 ? arrivals[i] : std::max(latest[i - 1], arrivals[i]);
  }
}

}  // namespace coterie::features
