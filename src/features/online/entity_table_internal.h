#pragma once
// Entities by key: open addressing over hashes, so that finding one touches the slot and the entity
// and nothing else. Entities never move and are never removed.

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.h"
#include "features/window/entity_history.h"
#include "features/window/text_pool.h"

namespace coterie::features {

class OnlineEntity;
struct DeleteEntity {
  void operator()(OnlineEntity* entity) const;
};

// An entity with its histories by source behind it, in one allocation.
class OnlineEntity {
 public:
  using History = std::optional<EntityHistory>;
  using Pointer = std::unique_ptr<OnlineEntity, DeleteEntity>;

  static Pointer make(std::string_view key, size_t sources) {
    void* const memory = ::operator new(bytes(sources));
    return Pointer(new (memory) OnlineEntity(key, sources));
  }
  static constexpr size_t bytes(size_t sources) {
    return sizeof(OnlineEntity) + sources * sizeof(History);
  }
  OnlineEntity(const OnlineEntity&) = delete;
  OnlineEntity& operator=(const OnlineEntity&) = delete;

  std::span<History> histories() {
    return {std::launder(reinterpret_cast<History*>(this + 1)), sources_};
  }
  std::span<const History> histories() const {
    return {std::launder(reinterpret_cast<const History*>(this + 1)), sources_};
  }

  const std::string key;
  events::Offset folded_to = 0;
  int64_t counted_bytes = 0;
  bool listed = false;  // among the changed ones

 private:
  friend DeleteEntity;
  OnlineEntity(std::string_view own_key, size_t sources)
      : key(own_key), sources_(static_cast<uint32_t>(sources)) {
    std::uninitialized_default_construct_n(reinterpret_cast<History*>(this + 1), sources);
  }
  ~OnlineEntity() { std::ranges::destroy(histories()); }

  uint32_t sources_;
};
static_assert(sizeof(OnlineEntity) % alignof(OnlineEntity::History) == 0);

inline void DeleteEntity::operator()(OnlineEntity* entity) const {
  entity->~OnlineEntity();
  ::operator delete(entity);
}

class EntityTable {
 public:
  // `sources` of each entity.
  explicit EntityTable(size_t sources) : sources_(sources) {}

  OnlineEntity* find(std::string_view key, uint64_t hash) const {
    if (entities_.empty()) return nullptr;
    const Slot& slot = slots_[slot_of(key, hash)];
    return slot.entity;
  }
  // Asks for the memory of a step towards an entity; the last are its histories [first, last).
  void prefetch(uint64_t hash, Fetch step, size_t first, size_t last) const {
    if (entities_.empty()) return;
    const Slot& slot = slots_[(hash >> 32) & (slots_.size() - 1)];
    if (step == Fetch::kSlot) return __builtin_prefetch(&slot);
    if (slot.hash != hash || slot.entity == nullptr) return;  // new, or not in its first place
    if (step == Fetch::kEntry) return prefetch_lines(slot.entity);
    for (const auto& history : slot.entity->histories().subspan(first, last - first)) {
      if (history) history->prefetch();
    }
  }
  const std::vector<OnlineEntity::Pointer>& all() const { return entities_; }
  // Where find() found none.
  OnlineEntity& add(std::string_view key, uint64_t hash) {
    if (2 * (entities_.size() + 1) > slots_.size()) grow();
    OnlineEntity& entity = *entities_.emplace_back(OnlineEntity::make(key, sources_));
    slots_[slot_of(key, hash)] = {hash, &entity};
    return entity;
  }

 private:
  struct Slot {
    uint64_t hash = 0;
    OnlineEntity* entity = nullptr;
  };
  // Its slot, or the free one where it belongs. The lower bits of the hash chose the partition.
  size_t slot_of(std::string_view key, uint64_t hash) const {
    const size_t last = slots_.size() - 1;
    size_t at = (hash >> 32) & last;
    while (slots_[at].entity != nullptr && !is(slots_[at], key, hash)) at = (at + 1) & last;
    return at;
  }
  static bool is(const Slot& slot, std::string_view key, uint64_t hash) {
    if (slot.hash != hash) return false;
    // It is the one but for a chance in 2^64: what the reader needs next comes with its key.
    prefetch_lines(slot.entity);
    return slot.entity->key == key;
  }
  static void prefetch_lines(const OnlineEntity* entity) {
    const auto* const lines = reinterpret_cast<const std::byte*>(entity);
    for (const int at : {0, 64, 128}) __builtin_prefetch(lines + at);
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : 2 * slots_.size());
    old.swap(slots_);
    const size_t last = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.entity == nullptr) continue;
      size_t at = (slot.hash >> 32) & last;
      while (slots_[at].entity != nullptr) at = (at + 1) & last;
      slots_[at] = slot;
    }
  }

  size_t sources_;
  std::vector<Slot> slots_;  // a power of two
  std::vector<OnlineEntity::Pointer> entities_;
};

}  // namespace coterie::features
