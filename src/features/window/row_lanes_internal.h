#pragma once
// Rows kept column by column: a lane is one array, and each layout has the same lanes everywhere
// (in builders, while they are sorted, and in tables).

#include <cstddef>
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
// A lane in memory that somebody else holds.
using LanePointer = std::variant<std::monostate, int64_t*, double*, int32_t*, uint8_t*>;

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
  LanePointer at(int lane, std::byte* memory) const;
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

template <class T>
T* lane_data(const LanePointer& lane) {
  return std::get<T*>(lane);
}
inline bool has_lane(const LanePointer& lane) {
  return !std::holds_alternative<std::monostate>(lane);
}

// Rows in order of arrival. Entities and the lanes that are always there share one piece of memory,
// at most a large page, which goes back to the system with the block.
class RowBlock {
 public:
  // As many rows as asked for, or as many as a large page holds.
  RowBlock(const LaneIndex& index, int32_t rows_wanted);

  // A lane that may be absent, from here on: its values so far are the caller's to write.
  void add_lane(const LaneIndex& index, int lane);

  int32_t capacity() const { return capacity_; }
  int64_t bytes() const;

  int32_t rows = 0;
  int32_t* entities = nullptr;
  std::vector<LanePointer> lanes;

 private:
  int32_t capacity_ = 0;
  LargeArray<std::byte> memory_;
  std::vector<LaneArray> added_;
  int64_t row_bytes_ = 0;
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
