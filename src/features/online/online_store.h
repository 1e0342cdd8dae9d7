#pragma once
// The online part of the feature store, in the one process that owns it: takes pushed rows into the
// event log, folds the log into memory, serves reads from there, and saves checkpoints.
//
//   push   rows are checked, appended to the log, and acknowledged once that is on the disk
//   fold   one thread follows the log; a row is seen by reads some 10 µs after its acknowledgement
//          (wait_until_folded)
//   read   OnlineReader over serving()
//   save   another thread writes changed entities to the key-value store, and their values as
//          records for other programs; a store that is down is tried again with growing pauses
//          (0.25 s to 30 s), while pushes and reads go on: the log holds what was acknowledged
//
// Restart: the checkpoint is loaded and the log replayed from its offset. What other processes
// finish with materialize() (materialize.h) is taken over while serving: loaded, caught up with the
// log, exchanged at once.
//
// One process owns the log and thereby all of this: a second one gets kConflict with the id of the
// first.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/timezone.h"
#include "events/event_log.h"
#include "features/online/event_folder.h"
#include "features/online/online_reader.h"
#include "features/online/online_state.h"
#include "features/online/row_push.h"
#include "features/plan/fitted.h"
#include "store/key_value_store.h"

namespace coterie::features {

struct OnlineConfig {
  std::string log_folder;
  events::EventLogOptions log = {};
  std::string store_url;  // of open_store(), secrets resolved
  store::StoreOptions store = {};
  OnlineLimits limits = {};
  double checkpoint_every_s = 2;
  int64_t checkpoint_batch_bytes = int64_t{8} << 20;
  bool records = true;       // write feature records for other programs
  int64_t record_ttl_s = 0;  // after which a record disappears; 0 = it stays
};

struct PushAnswer {
  int64_t stored = 0;
  int64_t duplicates = 0;
  events::Offset end = 0;  // wait_until_folded(end): then reads see all of them
};

struct SourceDrops {
  std::string source;
  std::string entity;
  DroppedEvents dropped;
};

struct OnlineStats {
  FoldCounts folded;  // since open
  events::Offset log_begin = 0;
  events::Offset log_end = 0;
  events::Offset folded_to = 0;  // lag in bytes = log_end - folded_to
  int64_t entities = 0;
  int64_t bytes = 0;  // of the state in memory as it was saved last, texts not counted
  int64_t generation = 0;
  std::vector<SourceDrops> drops;             // of sources that lost events to max_events
  std::vector<std::string> touched_features;  // whose window may reach into what was dropped
  int64_t checkpoints = 0;                    // written since open
  Micros last_checkpoint = 0;                 // 0 = none yet
  events::Offset checkpoint_offset = 0;
  bool store_available = true;
  std::string store_error;                       // why not
  std::string fold_error;                        // why folding stands still; "" = it does not
  std::vector<std::string> unrecorded_features;  // not fitted yet, so absent from the records
};

// Thread-safe.
class OnlineStore {
 public:
  // `plan` outlives it. kConflict: another process owns the log, or the store is of other feature
  // definitions. kNotFound: the log no longer has the events behind the checkpoint. kUnavailable:
  // the store does not answer. Returns before the log is replayed; see wait_until_folded().
  static Result<std::unique_ptr<OnlineStore>> open(const FeaturePlan& plan, const FittedSet& fitted,
                                                   const OnlineConfig& config,
                                                   const TimeZone& zone);
  // Stops the threads; the log keeps what was not saved.
  ~OnlineStore();
  OnlineStore(const OnlineStore&) = delete;
  OnlineStore& operator=(const OnlineStore&) = delete;

  // All rows or none, durable on return. Errors of RowPusher and EventLog.
  Result<PushAnswer> push(const PushedRows& rows);
  // False if the time passes first.
  bool wait_until_folded(events::Offset offset, double timeout_s) const;

  const ServingState& serving() const;
  const FeaturePlan& plan() const;
  const TimeZone& zone() const;
  events::EventLog& log();

  // What the saving thread does every `checkpoint_every_s`, now: takes over what materialize() has
  // finished, saves what changed.
  Status checkpoint();
  OnlineStats stats() const;

 private:
  struct Impl;
  explicit OnlineStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::features
