#pragma once
// Rows kept column by column: a lane is one array, and each layout has the same lanes everywhere
// (in builders, while they are sorted, and in tables).

#include <cstdint>
#include <memory>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/large_array.h"
#include "features/window/event_layout.h"

namespace coterie::features {

using LaneArray = std::variant<std::monostate, LargeArray<int64_t>, LargeArray<double>,
                               LargeArray<int32_t>, LargeArray<uint8_t>>;

// Which lane holds what. Lanes other than times and columns may be absent: arrivals equal the
// times then, nothing is null, every row counts.
class LaneIndex {
 public:
  explicit LaneIndex(const EventLayout& layout);

  static constexpr int kTimes = 0;
  static constexpr int kArrivals = 1;
  int column(int c) const { return 2 + c; }
  int nulls(int c) const { return 2 + columns_ + c; }
  int mask(int m) const { return 2 + 2 * columns_ + m; }
  int count() const { return static_cast<int>(widths_.size()); }
  bool optional(int lane) const { return lane != kTimes && (lane < 2 || lane >= 2 + columns_); }
  bool is_mask(int lane) const { return lane >= 2 + 2 * columns_; }

  // Uninitialised memory for a lane.
  LaneArray make(int lane, int64_t rows) const;
  int64_t width(int lane) const { return widths_[lane]; }  // bytes a row

 private:
  int columns_;
  std::vector<Cell> cells_;
  std::vector<int64_t> widths_;
};

template <class T>
T* lane_data(LaneArray& lane) {
  return std::get<LargeArray<T>>(lane).get();
}
template <class T>
const T* lane_data(const LaneArray& lane) {
  return std::get<LargeArray<T>>(lane).get();
}
inline bool has_lane(const LaneArray& lane) {
  return !std::holds_alternative<std::monostate>(lane);
}
// Null where the lane is absent.
inline const uint8_t* byte_lane(const LaneArray& lane) {
  return has_lane(lane) ? lane_data<uint8_t>(lane) : nullptr;
}

// Calls body with the typed array of a lane, if it is there.
template <class Lane, class Body>
void with_lane(Lane& lane, const Body& body) {
  std::visit(
      [&](auto& array) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(array)>, std::monostate>) body(array);
      },
      lane);
}

// Rows in order of arrival.
struct RowBlock {
  int32_t rows = 0;
  int32_t capacity = 0;
  LargeArray<int32_t> entities;
  std::vector<LaneArray> lanes;
};

// Of all rows of a builder: which optional lanes say anything.
struct RowFacts {
  bool late = false;                 // an arrival after its time
  std::vector<uint8_t> nulls;        // by column: 1 = some are
  std::vector<uint8_t> left_out;     // by mask: 1 = some are
  std::vector<uint64_t> magnitudes;  // by column: the greatest |x| of integers

  explicit RowFacts(const EventLayout& layout)
      : nulls(layout.columns.size()),
        left_out(layout.masks.size()),
        magnitudes(layout.columns.size()) {}
  void merge(const RowFacts& other);
  bool lane_says_anything(const LaneIndex& index, int lane) const;
};

}  // namespace coterie::features
