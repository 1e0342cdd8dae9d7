#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <numeric>
#include <span>

#include "base/check.h"
#include "features/window/event_table.h"
#include "features/window/event_table_internal.h"
#include "features/window/row_lanes_internal.h"

namespace coterie::features {
namespace {

// Rows wait in bands of neighbouring entities, which are then sorted one after the other: what
// waits goes as the table grows, so that both together never need twice the memory.
constexpr int32_t kMostBands = 16;
constexpr int32_t kFirstBlockRows = 1 << 10;

// Rows of a chunk, by their numbers.
using Picked = std::span<const int32_t>;

template <class T>
void copy_rows(const T* from, Picked rows, T* to) {
  for (const int32_t row : rows) *to++ = from[row];
}

template <class T>
T* lane_of(const LaneIndex& index, RowBlock& block, int lane) {
  if (!has_lane(block.lanes[lane])) block.add_lane(index, lane);
  return lane_data<T>(block.lanes[lane]) + block.rows;
}

// An optional lane that begins in the middle of a block holds for the rows before what its absence
// said.
uint8_t* byte_lane_of(const LaneIndex& index, RowBlock& block, int lane, uint8_t before) {
  const bool is_new = !has_lane(block.lanes[lane]);
  uint8_t* data = lane_of<uint8_t>(index, block, lane);
  if (is_new) std::memset(data - block.rows, before, static_cast<size_t>(block.rows));
  return data;
}

uint64_t greatest_magnitude(std::span<const int64_t> values) {
  uint64_t greatest = 0;
  for (const int64_t value : values) {
    const auto bits = static_cast<uint64_t>(value);
    greatest = std::max(greatest, value < 0 ? ~bits + 1 : bits);
  }
  return greatest;
}

}  // namespace

struct EventTableBuilder::Impl {
  EventLayout layout;
  int32_t entities;
  LaneIndex index;
  RowFacts facts;
  int shift;                                 // the band of an entity is entity >> shift
  std::vector<std::vector<RowBlock>> bands;  // their blocks
  int64_t rows = 0;
  std::vector<int32_t> picked;

  Impl(EventLayout own, int32_t entity_count)
      : layout(std::move(own)),
        entities(entity_count),
        index(layout),
        facts(layout),
        shift(shift_for_groups(entities, kMostBands)),
        bands(groups_of(entities, shift)) {}

  // Rows of nobody are not even copied.
  void add(const EventChunk& chunk) {
    // Negative entities have a greater band than any: it is the one after the last.
    const auto count = static_cast<uint32_t>(bands.size());
    const auto band_of = [&](int32_t entity) {
      return std::min(static_cast<uint32_t>(entity) >> shift, count);
    };
    std::array<int32_t, kMostBands + 2> ends{};
    for (const int32_t entity : chunk.entities) ++ends[band_of(entity) + 1];
    std::partial_sum(ends.begin(), ends.end(), ends.begin());
    picked.resize(chunk.entities.size());
    for (size_t i = 0; i < picked.size(); ++i)
      picked[ends[band_of(chunk.entities[i])]++] = static_cast<int32_t>(i);
    int32_t begin = 0;
    for (uint32_t band = 0; band < count; ++band) {
      add_rows(chunk, Picked(picked).subspan(begin, ends[band] - begin), bands[band]);
      begin = ends[band];
    }
    rows += begin;
  }

  RowBlock& open_block(std::vector<RowBlock>& blocks) const {
    if (!blocks.empty() && blocks.back().rows < blocks.back().capacity()) return blocks.back();
    return blocks.emplace_back(index,
                               blocks.empty() ? kFirstBlockRows : 4 * blocks.back().capacity());
  }

  void add_rows(const EventChunk& chunk, Picked picked_rows, std::vector<RowBlock>& blocks) {
    while (!picked_rows.empty()) {
      RowBlock& block = open_block(blocks);
      const auto room = static_cast<size_t>(block.capacity() - block.rows);
      const Picked from = picked_rows.first(std::min(room, picked_rows.size()));
      add_times(chunk, from, block);
      for (size_t c = 0; c < chunk.columns.size(); ++c)
        add_column(static_cast<int>(c), chunk.columns[c], from, block);
      for (size_t m = 0; m < layout.masks.size(); ++m)
        add_mask(static_cast<int>(m), chunk, from, block);
      block.rows += static_cast<int32_t>(from.size());
      picked_rows = picked_rows.subspan(from.size());
    }
  }

  void add_times(const EventChunk& chunk, Picked from, RowBlock& block) {
    copy_rows(chunk.entities.data(), from, block.entities + block.rows);
    Micros* times = lane_of<int64_t>(index, block, LaneIndex::kTimes);
    copy_rows(chunk.times.data(), from, times);
    const bool is_new = !has_lane(block.lanes[LaneIndex::kArrivals]);
    if (chunk.arrivals.empty() && is_new) return;
    Micros* out = lane_of<int64_t>(index, block, LaneIndex::kArrivals);
    if (is_new) std::copy_n(times - block.rows, block.rows, out - block.rows);
    for (size_t i = 0; i < from.size(); ++i) {
      out[i] = chunk.arrivals.empty() ? times[i] : std::max(times[i], chunk.arrivals[from[i]]);
      facts.late = facts.late || out[i] > times[i];
    }
  }

  void add_column(int c, const EventColumn& column, Picked from, RowBlock& block) {
    const int lane = index.column(c);
    CHECK(column.cell == layout.columns[c]);
    switch (column.cell) {
      case Cell::kInteger: {
        int64_t* out = lane_of<int64_t>(index, block, lane);
        copy_rows(column.integers, from, out);
        facts.magnitudes[c] = std::max(facts.magnitudes[c], greatest_magnitude({out, from.size()}));
        break;
      }
      case Cell::kReal: {
        // Adding 0 leaves zero one sign, so that equal values have equal bits.
        double* out = lane_of<double>(index, block, lane);
        for (size_t i = 0; i < from.size(); ++i) out[i] = column.reals[from[i]] + 0.0;
        break;
      }
      case Cell::kCode:
        copy_rows(column.codes, from, lane_of<int32_t>(index, block, lane));
        break;
    }
    const int nulls = index.nulls(c);
    if (column.nulls == nullptr && !has_lane(block.lanes[nulls])) return;
    uint8_t* out = byte_lane_of(index, block, nulls, 0);
    for (size_t i = 0; i < from.size(); ++i) {
      out[i] = column.nulls != nullptr && column.nulls[from[i]] != 0 ? 1 : 0;
      facts.nulls[c] |= out[i];
    }
    clear_nulls({out, from.size()}, block, lane);
  }

  // What a source leaves under its nulls must not decide the order of equal times.
  static void clear_nulls(std::span<const uint8_t> nulls, RowBlock& block, int lane) {
    with_lane(block.lanes[lane], [&](auto* values) {
      for (size_t i = 0; i < nulls.size(); ++i) {
        if (nulls[i] != 0) values[static_cast<size_t>(block.rows) + i] = 0;
      }
    });
  }

  void add_mask(int m, const EventChunk& chunk, Picked from, RowBlock& block) {
    const Mask& mask = layout.masks[m];
    const uint8_t* passes = mask.filter < 0 ? nullptr : chunk.passes[mask.filter];
    const uint8_t* nulls = mask.column < 0 ? nullptr : chunk.columns[mask.column].nulls;
    if (passes == nullptr && nulls == nullptr && !has_lane(block.lanes[index.mask(m)])) return;
    uint8_t* out = byte_lane_of(index, block, index.mask(m), 1);
    uint8_t all = 1;
    for (size_t i = 0; i < from.size(); ++i) {
      const bool counts =
          (passes == nullptr || passes[from[i]] != 0) && (nulls == nullptr || nulls[from[i]] == 0);
      out[i] = counts ? 1 : 0;
      all &= out[i];
    }
    facts.left_out[m] |= all ^ 1;
  }
};

EventTableBuilder::EventTableBuilder(EventLayout layout, int32_t entities)
    : impl_(std::make_unique<Impl>(std::move(layout), entities)) {}
EventTableBuilder::EventTableBuilder(EventTableBuilder&&) noexcept = default;
EventTableBuilder& EventTableBuilder::operator=(EventTableBuilder&&) noexcept = default;
EventTableBuilder::~EventTableBuilder() = default;

void EventTableBuilder::add(const EventChunk& chunk) {
  const size_t rows = chunk.entities.size();
  CHECK(chunk.times.size() == rows);
  CHECK(chunk.arrivals.empty() || chunk.arrivals.size() == rows);
  CHECK(chunk.columns.size() == impl_->layout.columns.size());
  CHECK(chunk.passes.size() == static_cast<size_t>(impl_->layout.filters));
  impl_->add(chunk);
}

int64_t EventTableBuilder::rows() const { return impl_->rows; }

int64_t EventTableBuilder::bytes() const {
  int64_t bytes = 0;
  for (const std::vector<RowBlock>& blocks : impl_->bands) {
    for (const RowBlock& block : blocks) bytes += block.bytes();
  }
  return bytes;
}

EventTable EventTableBuilder::finish(std::vector<EventTableBuilder> builders, ThreadPool& pool) {
  CHECK(!builders.empty());
  const Impl& first = *builders.front().impl_;
  UnsortedRows rows(first.layout, first.entities);
  rows.shift = first.shift;
  rows.bands.resize(first.bands.size());
  for (EventTableBuilder& builder : builders) {
    CHECK(builder.impl_->layout == rows.layout && builder.impl_->entities == rows.entities);
    rows.facts.merge(builder.impl_->facts);
    for (size_t b = 0; b < rows.bands.size(); ++b) {
      std::ranges::move(builder.impl_->bands[b], std::back_inserter(rows.bands[b]));
    }
  }
  builders.clear();
  return EventTable(std::make_unique<EventTable::Impl>(sort_rows(std::move(rows), pool)));
}

}  // namespace coterie::features
