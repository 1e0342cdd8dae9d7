#pragma once
// The online state: of every entity its recent events by source, in memory, never per-feature
// counters (DESIGN §2). One thread at a time folds; any number of threads read beside it.
//
// Entities are spread over partitions by a hash of kind and key; a partition's lock is held for one
// insertion, one read (about 1 µs) or the encoding of one entity. Texts stand in pools by source
// and column, to which only the folding thread adds.
//
// Exactly once. An entity remembers the offset behind the newest log event that it holds
// (`folded_to`), and that offset is saved with its events. Events are applied in the order of the
// log, so an entity holds exactly its events before `folded_to`; a replay that begins anywhere at
// or before that skips what the entity has. So records of different moments may stand beside each
// other in a checkpoint, whose own offset need only be one that no record lies before.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "events/event.h"
#include "features/online/entity_table_internal.h"
#include "features/online/online_layout.h"
#include "features/plan/request_plan.h"
#include "features/window/entity_history.h"

namespace coterie::features {

inline constexpr int64_t kFewestEvents = 8;

struct OnlineLimits {
  // Of one entity and source, kFewestEvents at least. Beyond it the oldest are dropped, an eighth
  // at once.
  int64_t max_events = 4'096;
  int partitions = 256;
};

// What a source has lost to OnlineLimits::max_events.
struct DroppedEvents {
  int64_t count = 0;
  Micros latest = kNever;  // time of the newest of them: windows that begin before it are short
};

class OnlineState {
 public:
  // Names an entity; valid as long as the state. Entities are never removed.
  struct EntityRef {
    int partition = 0;
    int kind = 0;
    OnlineEntity* entity = nullptr;
    const std::string& key() const { return entity->key; }
  };

  OnlineState(const FeaturePlan& plan, const OnlineLimits& limits);

  const OnlineLayout& layout() const { return layout_; }
  const FeaturePlan& plan() const { return layout_.plan(); }

  // By field of a source, as RowReader needs them; for the folding thread.
  std::vector<TextPool*> pools_to_fill(int source);
  const SourcePools& pools(int source) const { return pools_[static_cast<size_t>(source)]; }

  // An event of the log at [offset, next). False if the entity has it already. Rows of static
  // sources replace the earlier one. By the folding thread.
  bool insert(int source, std::string_view key, const EventRow& row, events::Offset offset,
              events::Offset next);

  uint64_t hash_of(int kind, std::string_view key) const {
    return hash64(key, seed_ + static_cast<uint64_t>(kind));
  }
  // Asks for the memory of a step towards the insertion of a row of an entity, the steps before
  // having come. By the folding thread.
  void prefetch_insert(int source, uint64_t hash, Fetch step) const {
    const auto [kind, place] = layout_.place_of(source);
    const auto first = static_cast<size_t>(place);
    table(partition_of(hash), kind).prefetch(hash, step, first, first + 1);
  }
  // The same towards a read; by any thread.
  void prefetch_read(int kind, uint64_t hash, Fetch step) const {
    const Partition& partition = partition_of(hash);
    const std::unique_lock lock(partition.mutex, std::try_to_lock);
    const size_t sources = layout_.kinds()[static_cast<size_t>(kind)].sources.size();
    if (lock.owns_lock()) table(partition, kind).prefetch(hash, step, 0, sources);
  }

  // Calls `read` with the entity's histories by place in EntityKind::sources, none if it is
  // unknown, while its partition is locked. `hash` is hash_of() both.
  using Histories = std::span<const OnlineEntity::History>;
  template <class Read>
  void read(int kind, std::string_view key, uint64_t hash, const Read& read) const {
    const Partition& partition = partition_of(hash);
    const std::lock_guard lock(partition.mutex);
    const OnlineEntity* const entity = table(partition, kind).find(key, hash);
    read(entity == nullptr ? Histories() : entity->histories());
  }

  // The entities that changed since they were taken last, each once. Called between two events, it
  // takes every entity that the events before have changed.
  std::vector<EntityRef> take_changed();
  // The entity's record (entity_record_internal.h), of this moment.
  void encode(const EntityRef& entity, std::string& out);
  // Its record was not written: it counts as changed again.
  void give_back(const EntityRef& entity);
  // Every entity counts as changed: the store has lost what was written.
  void change_all();
  // Before folding begins: an entity out of its record. kCorrupt.
  Status restore(int kind, const std::string& key, std::string_view record);

  int64_t entities() const { return entities_.load(std::memory_order_relaxed); }
  // Without texts; of each entity as of when it was encoded last.
  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::vector<DroppedEvents> dropped() const;  // by source
  void set_dropped(const std::vector<DroppedEvents>& dropped);

 private:
  struct alignas(64) Partition {
    mutable std::mutex mutex;
    std::vector<EntityTable> kinds;
    std::vector<EntityRef> changed;
  };

  const Partition& partition_of(uint64_t hash) const {
    return *partitions_[hash % partitions_.size()];
  }
  static const EntityTable& table(const Partition& partition, int kind) {
    return partition.kinds[static_cast<size_t>(kind)];
  }
  OnlineEntity& find_or_add(Partition& partition, int kind, std::string_view key, uint64_t hash);
  void count_bytes(OnlineEntity& entity, size_t sources);
  void trim(int source, EntityHistory& history);

  OnlineLayout layout_;
  OnlineLimits limits_;
  uint64_t seed_;
  std::vector<std::vector<std::unique_ptr<TextPool>>> texts_;  // source -> field
  std::vector<SourcePools> pools_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  std::atomic<int64_t> entities_ = 0;
  std::atomic<int64_t> bytes_ = 0;
  struct AtomicDropped {
    std::atomic<int64_t> count = 0;
    std::atomic<Micros> latest = kNever;
  };
  std::vector<AtomicDropped> dropped_;  // by source
};

}  // namespace coterie::features
