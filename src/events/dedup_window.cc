#include "events/dedup_window.h"

#include <bit>
#include <random>

#include "base/check.h"
#include "base/hash.h"

namespace coterie::events {
namespace {

uint64_t random_seed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

}  // namespace

DedupWindow::DedupWindow(int64_t capacity) : low_seed_(random_seed()), high_seed_(random_seed()) {
  CHECK(capacity >= 0 && capacity < INT32_MAX);
  const auto entries = static_cast<size_t>(capacity);
  ring_.resize(entries);
  slots_.resize(std::bit_ceil(2 * entries + 2));
  mask_ = slots_.size() - 1;
}

DedupWindow::Entry DedupWindow::key_of(std::string_view id) const {
  return {hash64(id, low_seed_), hash64(id, high_seed_), 0};
}

size_t DedupWindow::slot_of(const Entry& key) const {
  size_t slot = home(key);
  for (; slots_[slot] != 0; slot = (slot + 1) & mask_) {
    const Entry& entry = ring_[slots_[slot] - 1];
    if (entry.low == key.low && entry.high == key.high) break;
  }
  return slot;
}

std::optional<Offset> DedupWindow::find(std::string_view id) const {
  if (size_ == 0) return std::nullopt;
  const size_t slot = slot_of(key_of(id));
  if (slots_[slot] == 0) return std::nullopt;
  return ring_[slots_[slot] - 1].offset;
}

// Entries behind the freed slot move up, as long as that brings them no further than their home.
void DedupWindow::erase_slot(size_t slot) {
  size_t free = slot;
  for (size_t next = (slot + 1) & mask_; slots_[next] != 0; next = (next + 1) & mask_) {
    const size_t wanted = home(ring_[slots_[next] - 1]);
    if (((next - wanted) & mask_) < ((next - free) & mask_)) continue;
    slots_[free] = slots_[next];
    free = next;
  }
  slots_[free] = 0;
}

void DedupWindow::insert(std::string_view id, Offset offset) {
  const auto capacity = static_cast<int64_t>(ring_.size());
  if (capacity == 0) return;
  Entry& place = ring_[static_cast<size_t>(next_)];
  if (size_ == capacity) {
    erase_slot(slot_of(place));
    --size_;
  }
  place = key_of(id);
  place.offset = offset;
  const size_t slot = slot_of(place);
  CHECK(slots_[slot] == 0);
  slots_[slot] = static_cast<uint32_t>(next_) + 1;
  next_ = (next_ + 1) % capacity;
  ++size_;
}

void DedupWindow::undo(int64_t count) {
  const auto capacity = static_cast<int64_t>(ring_.size());
  for (; count > 0 && size_ > 0; --count) {
    next_ = (next_ + capacity - 1) % capacity;
    erase_slot(slot_of(ring_[static_cast<size_t>(next_)]));
    --size_;
  }
}

}  // namespace coterie::events
