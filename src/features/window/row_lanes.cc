#include <algorithm>

#include "features/window/row_lanes_internal.h"

namespace coterie::features {
namespace {

constexpr int64_t kPageBytes = int64_t{2} << 20;  // of a large page
constexpr int64_t kRowsMultiple = 64;

}  // namespace

LaneIndex::LaneIndex(const EventLayout& layout)
    : columns_(static_cast<int>(layout.columns.size())), cells_(layout.columns) {
  widths_.assign(2, sizeof(Micros));
  for (const Cell cell : cells_) widths_.push_back(cell == Cell::kCode ? 4 : 8);
  widths_.resize(widths_.size() + layout.columns.size() + layout.masks.size(), 1);
}

LaneArray LaneIndex::make(int lane, int64_t rows) const {
  const auto n = static_cast<size_t>(rows);
  if (lane < 2) return make_large_array<int64_t>(n);
  if (lane >= 2 + columns_) return make_large_array<uint8_t>(n);
  switch (cells_[lane - 2]) {
    case Cell::kInteger:
      return make_large_array<int64_t>(n);
    case Cell::kReal:
      return make_large_array<double>(n);
    case Cell::kCode:
      return make_large_array<int32_t>(n);
  }
  return {};
}

LanePointer LaneIndex::at(int lane, std::byte* memory) const {
  if (lane < 2) return reinterpret_cast<int64_t*>(memory);
  if (lane >= 2 + columns_) return reinterpret_cast<uint8_t*>(memory);
  switch (cells_[lane - 2]) {
    case Cell::kInteger:
      return reinterpret_cast<int64_t*>(memory);
    case Cell::kReal:
      return reinterpret_cast<double*>(memory);
    case Cell::kCode:
      return reinterpret_cast<int32_t*>(memory);
  }
  return {};
}

RowBlock::RowBlock(const LaneIndex& index, int32_t rows_wanted)
    : lanes(static_cast<size_t>(index.count())) {
  row_bytes_ = sizeof(int32_t);
  for (int lane = 0; lane < index.count(); ++lane) {
    if (!index.optional(lane)) row_bytes_ += index.width(lane);
  }
  // Multiples of a cache line's bytes, so that every lane begins on one.
  const int64_t most =
      std::max<int64_t>(kPageBytes / row_bytes_ / kRowsMultiple, 1) * kRowsMultiple;
  capacity_ = static_cast<int32_t>(std::min<int64_t>(rows_wanted, most));
  const int64_t bytes_of_rows = capacity_ * row_bytes_;
  const int64_t bytes = capacity_ == most ? std::max(kPageBytes, bytes_of_rows) : bytes_of_rows;
  memory_ = make_large_array<std::byte>(static_cast<size_t>(bytes));
  std::byte* at = memory_.get();
  entities = reinterpret_cast<int32_t*>(at);
  at += capacity_ * static_cast<int64_t>(sizeof(int32_t));
  for (int lane = 0; lane < index.count(); ++lane) {
    if (index.optional(lane)) continue;
    lanes[lane] = index.at(lane, at);
    at += capacity_ * index.width(lane);
  }
}

void RowBlock::add_lane(const LaneIndex& index, int lane) {
  LaneArray& array = added_.emplace_back(index.make(lane, capacity_));
  with_lane(array, [&](auto& values) { lanes[lane] = values.get(); });
  row_bytes_ += index.width(lane);
}

int64_t RowBlock::bytes() const { return capacity_ * row_bytes_; }

void RowFacts::merge(const RowFacts& other) {
  late = late || other.late;
  for (size_t c = 0; c < nulls.size(); ++c) {
    nulls[c] |= other.nulls[c];
    magnitudes[c] = std::max(magnitudes[c], other.magnitudes[c]);
  }
  for (size_t m = 0; m < left_out.size(); ++m) left_out[m] |= other.left_out[m];
}

bool RowFacts::lane_says_anything(const LaneIndex& index, int lane) const {
  if (!index.optional(lane)) return true;
  if (lane == LaneIndex::kArrivals) return late;
  if (index.is_mask(lane)) return left_out[lane - index.mask(0)] != 0;
  return nulls[lane - index.nulls(0)] != 0;
}

}  // namespace coterie::features
