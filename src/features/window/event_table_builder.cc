#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "base/check.h"
#include "features/window/event_table.h"
#include "features/window/event_table_internal.h"
#include "features/window/row_lanes_internal.h"

namespace coterie::features {
namespace {

constexpr int32_t kFirstBlockRows = 1 << 10;
constexpr int32_t kBlockRows = 1 << 19;  // every lane of values in large pages

// Which rows of a chunk are added: those from `first` on, or those that `picked` names.
struct AllRows {
  size_t first = 0;
  AllRows from(size_t i) const { return {first + i}; }
  size_t operator()(int32_t i) const { return first + static_cast<size_t>(i); }
};
struct PickedRows {
  const int32_t* picked;
  PickedRows from(size_t i) const { return {picked + i}; }
  size_t operator()(int32_t i) const { return static_cast<size_t>(picked[i]); }
};

template <class Rows, class T>
void copy_rows(const T* from, const Rows& rows, int32_t n, T* to) {
  for (int32_t i = 0; i < n; ++i) to[i] = from[rows(i)];
}

template <class T>
T* lane_of(const LaneIndex& index, RowBlock& block, int lane) {
  if (!has_lane(block.lanes[lane])) block.lanes[lane] = index.make(lane, block.capacity);
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

uint64_t greatest_magnitude(const int64_t* values, int64_t n) {
  uint64_t greatest = 0;
  for (int64_t i = 0; i < n; ++i) {
    const auto bits = static_cast<uint64_t>(values[i]);
    const uint64_t magnitude = values[i] < 0 ? ~bits + 1 : bits;
    greatest = std::max(greatest, magnitude);
  }
  return greatest;
}

}  // namespace

struct EventTableBuilder::Impl {
  EventLayout layout;
  LaneIndex index;
  RowFacts facts;
  std::vector<RowBlock> blocks;
  int64_t rows = 0;
  std::vector<int32_t> picked;

  explicit Impl(EventLayout own) : layout(std::move(own)), index(layout), facts(layout) {}

  RowBlock& open_block() {
    if (!blocks.empty() && blocks.back().rows < blocks.back().capacity) return blocks.back();
    const int32_t capacity =
        blocks.empty() ? kFirstBlockRows : std::min(4 * blocks.back().capacity, kBlockRows);
    RowBlock& block = blocks.emplace_back();
    block.capacity = capacity;
    block.entities = make_large_array<int32_t>(static_cast<size_t>(capacity));
    block.lanes.resize(static_cast<size_t>(index.count()));
    return block;
  }

  // Rows of nobody are not even copied.
  void add(const EventChunk& chunk) {
    const auto n = static_cast<int32_t>(chunk.entities.size());
    picked.resize(chunk.entities.size());
    int32_t kept = 0;
    for (int32_t i = 0; i < n; ++i) {
      picked[kept] = i;
      kept += chunk.entities[i] >= 0 ? 1 : 0;
    }
    if (kept == n) {
      add_rows(chunk, AllRows{}, n);
    } else {
      add_rows(chunk, PickedRows{picked.data()}, kept);
    }
    rows += kept;
  }

  template <class Rows>
  void add_rows(const EventChunk& chunk, const Rows& rows_of_chunk, int32_t count) {
    for (int32_t begin = 0; begin < count;) {
      RowBlock& block = open_block();
      const int32_t n = std::min(block.capacity - block.rows, count - begin);
      const Rows from = rows_of_chunk.from(static_cast<size_t>(begin));
      add_times(chunk, from, n, block);
      for (size_t c = 0; c < chunk.columns.size(); ++c)
        add_column(static_cast<int>(c), chunk.columns[c], from, n, block);
      for (size_t m = 0; m < layout.masks.size(); ++m)
        add_mask(static_cast<int>(m), chunk, from, n, block);
      block.rows += n;
      begin += n;
    }
  }

  template <class Rows>
  void add_times(const EventChunk& chunk, const Rows& from, int32_t n, RowBlock& block) {
    copy_rows(chunk.entities.data(), from, n, block.entities.get() + block.rows);
    Micros* times = lane_of<int64_t>(index, block, LaneIndex::kTimes);
    copy_rows(chunk.times.data(), from, n, times);
    LaneArray& lane = block.lanes[LaneIndex::kArrivals];
    if (chunk.arrivals.empty() && !has_lane(lane)) return;
    const bool is_new = !has_lane(lane);
    Micros* out = lane_of<int64_t>(index, block, LaneIndex::kArrivals);
    if (is_new) {
      const Micros* kept = lane_data<int64_t>(block.lanes[LaneIndex::kTimes]);
      std::copy_n(kept, block.rows, out - block.rows);
    }
    for (int32_t i = 0; i < n; ++i) {
      out[i] = chunk.arrivals.empty() ? times[i] : std::max(times[i], chunk.arrivals[from(i)]);
      facts.late = facts.late || out[i] > times[i];
    }
  }

  template <class Rows>
  void add_column(int c, const EventColumn& column, const Rows& from, int32_t n, RowBlock& block) {
    const int lane = index.column(c);
    CHECK(column.cell == layout.columns[c]);
    switch (column.cell) {
      case Cell::kInteger: {
        int64_t* out = lane_of<int64_t>(index, block, lane);
        copy_rows(column.integers, from, n, out);
        facts.magnitudes[c] = std::max(facts.magnitudes[c], greatest_magnitude(out, n));
        break;
      }
      case Cell::kReal: {
        // Adding 0 leaves zero one sign, so that equal values have equal bits.
        double* out = lane_of<double>(index, block, lane);
        for (int32_t i = 0; i < n; ++i) out[i] = column.reals[from(i)] + 0.0;
        break;
      }
      case Cell::kCode:
        copy_rows(column.codes, from, n, lane_of<int32_t>(index, block, lane));
        break;
    }
    const int nulls = index.nulls(c);
    if (column.nulls == nullptr && !has_lane(block.lanes[nulls])) return;
    uint8_t* out = byte_lane_of(index, block, nulls, 0);
    for (int32_t i = 0; i < n; ++i) {
      out[i] = column.nulls != nullptr && column.nulls[from(i)] != 0 ? 1 : 0;
      facts.nulls[c] |= out[i];
    }
    clear_nulls(out, n, block, lane);
  }

  // What a source leaves under its nulls must not decide the order of equal times.
  static void clear_nulls(const uint8_t* nulls, int32_t n, RowBlock& block, int lane) {
    with_lane(block.lanes[lane], [&](auto& array) {
      for (int32_t i = 0; i < n; ++i) {
        if (nulls[i] != 0) array[block.rows + i] = 0;
      }
    });
  }

  template <class Rows>
  void add_mask(int m, const EventChunk& chunk, const Rows& from, int32_t n, RowBlock& block) {
    const Mask& mask = layout.masks[m];
    const uint8_t* passes = mask.filter < 0 ? nullptr : chunk.passes[mask.filter];
    const uint8_t* nulls = mask.column < 0 ? nullptr : chunk.columns[mask.column].nulls;
    if (passes == nullptr && nulls == nullptr && !has_lane(block.lanes[index.mask(m)])) return;
    uint8_t* out = byte_lane_of(index, block, index.mask(m), 1);
    uint8_t all = 1;
    for (int32_t i = 0; i < n; ++i) {
      const bool counts =
          (passes == nullptr || passes[from(i)] != 0) && (nulls == nullptr || nulls[from(i)] == 0);
      out[i] = counts ? 1 : 0;
      all &= out[i];
    }
    facts.left_out[m] |= all ^ 1;
  }
};

EventTableBuilder::EventTableBuilder(EventLayout layout)
    : impl_(std::make_unique<Impl>(std::move(layout))) {}
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
  for (const RowBlock& block : impl_->blocks) {
    int64_t row_bytes = sizeof(int32_t);
    for (int lane = 0; lane < impl_->index.count(); ++lane) {
      if (has_lane(block.lanes[lane])) row_bytes += impl_->index.width(lane);
    }
    bytes += row_bytes * block.capacity;
  }
  return bytes;
}

EventTable EventTableBuilder::finish(std::vector<EventTableBuilder> builders, int32_t entities,
                                     ThreadPool& pool) {
  CHECK(!builders.empty() && entities >= 0);
  UnsortedRows rows(builders.front().impl_->layout);
  for (EventTableBuilder& builder : builders) {
    CHECK(builder.impl_->layout == rows.layout);
    rows.facts.merge(builder.impl_->facts);
    std::move(builder.impl_->blocks.begin(), builder.impl_->blocks.end(),
              std::back_inserter(rows.blocks));
    builder.impl_.reset();
  }
  return EventTable(std::make_unique<EventTable::Impl>(sort_rows(std::move(rows), entities, pool)));
}

}  // namespace coterie::features
