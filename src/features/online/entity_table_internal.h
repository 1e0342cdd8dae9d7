#pragma once
// Entities by key: open addressing over hashes, so that finding one touches the slot and the entity
// and nothing else. Entities never move and are never removed.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.h"
#include "features/window/entity_history.h"

namespace coterie::features {

// An entity's histories by source; the first few beside the entity, without a pointer between.
class EntityHistories {
 public:
  explicit EntityHistories(size_t sources) : more_(sources > kNear ? sources - kNear : 0) {}
  std::optional<EntityHistory>& operator[](size_t i) {
    return i < kNear ? near_[i] : more_[i - kNear];
  }
  const std::optional<EntityHistory>& operator[](size_t i) const {
    return i < kNear ? near_[i] : more_[i - kNear];
  }

 private:
  static constexpr size_t kNear = 4;
  std::array<std::optional<EntityHistory>, kNear> near_;
  std::vector<std::optional<EntityHistory>> more_;
};

struct OnlineEntity {
  OnlineEntity(std::string_view own_key, size_t sources) : key(own_key), histories(sources) {}

  const std::string key;
  events::Offset folded_to = 0;
  bool listed = false;  // among the changed ones
  int64_t counted_bytes = 0;
  EntityHistories histories;
};

class EntityTable {
 public:
  // `sources` of each entity.
  explicit EntityTable(size_t sources) : sources_(sources) {}

  OnlineEntity* find(std::string_view key, uint64_t hash) const {
    if (entities_.empty()) return nullptr;
    const Slot& slot = slots_[slot_of(key, hash)];
    return slot.entity;
  }
  const std::vector<std::unique_ptr<OnlineEntity>>& all() const { return entities_; }
  // Where find() found none.
  OnlineEntity& add(std::string_view key, uint64_t hash) {
    if (2 * (entities_.size() + 1) > slots_.size()) grow();
    OnlineEntity& entity = *entities_.emplace_back(std::make_unique<OnlineEntity>(key, sources_));
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
    while (slots_[at].entity != nullptr &&
           (slots_[at].hash != hash || slots_[at].entity->key != key))
      at = (at + 1) & last;
    return at;
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
  std::vector<std::unique_ptr<OnlineEntity>> entities_;
};

}  // namespace coterie::features
