#pragma once
// What a history holds: all arrays in one allocation, which is walked part by part.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "base/byte_stream.h"
#include "features/window/entity_history.h"
#include "features/window/kept_blocks_internal.h"
#include "features/window/value_table_internal.h"

namespace coterie::features {

// sum + |x|, or the greatest number where that is beyond it.
inline uint64_t add_magnitude(uint64_t sum, int64_t x) {
  const auto bits = static_cast<uint64_t>(x);
  uint64_t total = 0;
  const bool overflow = __builtin_add_overflow(sum, x < 0 ? ~bits + 1 : bits, &total);
  return overflow ? std::numeric_limits<uint64_t>::max() : total;
}

// An array of the allocation. kArrivals and kLatest are there once something arrived late.
enum class Part : uint8_t { kTimes, kArrivals, kLatest, kColumn, kNext, kNulls, kMask };

struct EntityHistory::Impl {
  const EventLayout* layout;
  // Events are the entries [first, count) of each array; those before were dropped.
  int32_t first = 0;
  int32_t count = 0;
  int32_t capacity = 0;
  bool late = false;
  uint16_t near_bytes = 0;  // of the memory: what prefetch() asks for
  std::unique_ptr<std::byte[]> memory;

  explicit Impl(const EventLayout& own) : layout(&own) {}
  Impl(Impl&& other) noexcept = default;
  Impl& operator=(Impl&& other) noexcept;
  ~Impl() { free_blocks(); }

  // Calls body(part, index, width of an entry, width of all parts before) in order of memory:
  // wide entries first, so that every array is aligned.
  template <class Body>
  void for_parts(const Body& body) const {
    int64_t before = 0;
    const auto give = [&](Part part, size_t index, int64_t width) {
      body(part, static_cast<int>(index), width, before);
      before += width;
    };
    give(Part::kTimes, 0, sizeof(Micros));
    if (late) give(Part::kArrivals, 0, sizeof(Micros));
    if (late) give(Part::kLatest, 0, sizeof(Micros));
    const size_t columns = layout->columns.size();
    for (size_t c = 0; c < columns; ++c) {
      if (layout->columns[c] != Cell::kCode) give(Part::kColumn, c, 8);
    }
    for (size_t c = 0; c < columns; ++c) {
      if (layout->columns[c] == Cell::kCode) give(Part::kColumn, c, 4);
    }
    for (size_t d = 0; d < layout->distincts.size(); ++d) give(Part::kNext, d, 4);
    for (size_t c = 0; c < columns; ++c) give(Part::kNulls, c, 1);
    for (size_t m = 0; m < layout->masks.size(); ++m) give(Part::kMask, m, 1);
  }
  int64_t event_bytes() const;

  // The allocation begins with sums over the live events: of |x| by column (integers; of dropped
  // ones too until they are moved over), of nulls by column, of those left out by mask.
  int64_t header_bytes() const;
  uint64_t* magnitudes() const { return reinterpret_cast<uint64_t*>(memory.get()); }
  int32_t* null_counts() const {
    return reinterpret_cast<int32_t*>(magnitudes() + layout->columns.size());
  }
  int32_t* left_out() const { return null_counts() + layout->columns.size(); }

  // The allocation of a long history ends with a pointer to its blocks, which it owns. So a short
  // one has no byte more for them.
  bool has_blocks() const { return capacity >= kLongEvents && memory != nullptr; }
  int64_t allocation_bytes() const;
  KeptBlocks*& blocks() const {
    return *reinterpret_cast<KeptBlocks**>(memory.get() + allocation_bytes() -
                                           static_cast<int64_t>(sizeof(KeptBlocks*)));
  }
  void free_blocks() {
    if (has_blocks()) const std::unique_ptr<KeptBlocks> end(blocks());
  }

  std::byte* base(int64_t before) const {
    return memory.get() + header_bytes() + before * capacity;
  }
  template <class T>
  T* array(int64_t before) const {
    return reinterpret_cast<T*>(base(before));
  }
  // Null where the part is not there.
  std::byte* find(Part part, int index) const;
  template <class T>
  T* part(Part wanted, int index = 0) const {
    return reinterpret_cast<T*>(find(wanted, index));
  }
  EventColumn column(int index) const;
  void point_column(EventColumn& column, int index, int64_t before) const;
  const uint8_t* mask(int index) const;  // null where all count

  // Moves the live events to the beginning of an allocation for `wanted` events, with the parts of
  // late arrivals where asked for.
  void reallocate(int32_t wanted, bool with_late);
  void compact();
  // An event goes to entry `at`, what stands there and behind moves on; then its indices.
  void place(const EventRow& row, int32_t at);
  void place_value(const EventValue& value, int index, int64_t before, int32_t at);
  void link_event(const EventRow& row, int32_t at);
  // Next occurrences, latest arrivals and sums from the arrays alone; first is 0.
  void rebuild_indices();
  void count_sums();

  // Parts of encode() and decode().
  void put_column(int c, const TextPool* pool, std::string& out) const;
  void get_column(int c, TextPool* pool, ByteReader& in);
  bool masks_hold() const;
};

inline EntityHistory::Impl& EntityHistory::own() {
  static_assert(sizeof(Impl) <= sizeof(impl_) && alignof(Impl) <= alignof(void*));
  return *std::launder(reinterpret_cast<Impl*>(impl_));
}
inline const EntityHistory::Impl& EntityHistory::own() const {
  return *std::launder(reinterpret_cast<const Impl*>(impl_));
}

}  // namespace coterie::features
