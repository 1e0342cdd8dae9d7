#include <algorithm>

#include "features/window/row_lanes_internal.h"

namespace coterie::features {

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
