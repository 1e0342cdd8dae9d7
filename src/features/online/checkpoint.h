#pragma once
// Checkpoints of an OnlineState in a key-value store.
//
//   key  g<generation>/<entity>/<key>   the entity's record (entity_record_internal.h)
//   metadata online                     JSON: the generation that serves, the offset of the log
//   from
//                                       which a restart replays, the fingerprint of the plan
//   metadata online.pending             the same of a generation that `materialize` has finished
//
// Generation 0 is that of an owner that found an empty store; `materialize` counts on from 1, so
// the two never write the same keys.
//
// Consistent at every moment. A record holds its entity's events before its own `folded_to`
// (online_state.h), so replay from any offset at or before that counts nothing twice. The head's
// offset moves only when every entity changed by the events before it has been written, so nothing
// is lost. A process killed anywhere leaves records that are newer than the head: those are skipped
// past. `materialize` writes a generation of its own under keys that nobody reads, and makes it
// known by its last batch; the owner of the log takes it over, and clears the old one.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "events/event.h"
#include "features/online/online_state.h"
#include "store/key_value_store.h"

namespace coterie::features {

inline constexpr int64_t kNoGeneration = -1;

struct CheckpointHead {
  int64_t generation = 0;
  events::Offset offset = 0;
  std::string fingerprint = {};
  Micros saved_at = 0;
  int64_t superseded = kNoGeneration;       // is still to be cleared
  std::vector<DroppedEvents> dropped = {};  // by source of the plan
};

enum class HeadKind : uint8_t { kServing, kPending };
// nullopt: none was ever written. kCorrupt; kUnsupported: of a later release.
Result<std::optional<CheckpointHead>> read_head(const store::KeyValueStore& store, HeadKind kind);
void put_head(store::WriteBatch& batch, HeadKind kind, const CheckpointHead& head);

// kConflict with the mend where `head` was written for another plan.
Status check_fingerprint(const CheckpointHead& head, const OnlineState& state,
                         const store::KeyValueStore& store);

// Beside the log: whether its events alone are not the whole state, because a generation was built
// from the warehouse. So a store that lost everything is noticed.
Status set_materialized(const std::string& log_folder, bool materialized);
// kNotFound, with the mend, where that is so.
Status check_never_materialized(const std::string& log_folder, const std::string& store_name);

// Fills an empty state from the records of a generation.
Status load_generation(const store::KeyValueStore& store, int64_t generation, OnlineState& state);
// Removes its records.
Status clear_generation(store::KeyValueStore& store, int64_t generation);

// Writes the entities' records in batches of about `batch_bytes`; `written` is called behind each
// with the entities that it held. When a batch fails, its entities and those behind it are given
// back to the state, and the error is returned.
using WrittenEntities = std::function<Status(std::span<const OnlineState::EntityRef>)>;
Status write_entities(store::KeyValueStore& store, int64_t generation, OnlineState& state,
                      std::span<const OnlineState::EntityRef> entities, int64_t batch_bytes,
                      const WrittenEntities& written);

}  // namespace coterie::features
