#pragma once
// The ids of the latest events, to recognise an event that is sent again.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "events/event.h"

namespace coterie::events {

// Remembers the last `capacity` ids as 128-bit hashes (two ids that share one would be taken for
// the same event: one chance in 10^26 at a million ids) with their events' offsets. 40 bytes an id,
// allocated at once. O(1) a call. Not thread-safe.
class DedupWindow {
 public:
  explicit DedupWindow(int64_t capacity);

  // Where the event of that id stands, if it is remembered.
  std::optional<Offset> find(std::string_view id) const;
  // Remembers `id`, which is not remembered yet, and forgets the oldest when full.
  void insert(std::string_view id, Offset offset);
  // Takes back the newest `count` insertions, whose events did not become durable. What they
  // pushed out stays forgotten.
  void undo(int64_t count);
  int64_t size() const { return size_; }

 private:
  struct Entry {
    uint64_t low = 0;
    uint64_t high = 0;
    Offset offset = 0;
  };
  Entry key_of(std::string_view id) const;  // without an offset
  size_t slot_of(const Entry& key) const;   // its slot, or the empty one where it belongs
  void erase_slot(size_t slot);
  size_t home(const Entry& entry) const { return static_cast<size_t>(entry.low) & mask_; }

  // Drawn anew by each process, so that nobody can prepare ids that collide.
  uint64_t low_seed_;
  uint64_t high_seed_;
  std::vector<Entry> ring_;      // in order of insertion
  std::vector<uint32_t> slots_;  // open addressing: 1 + index into ring_, 0 = empty
  size_t mask_ = 0;
  int64_t next_ = 0;  // ring index of the next insertion
  int64_t size_ = 0;
};

}  // namespace coterie::events
