#pragma once
// What of the event log may go: events that nobody needs any more, because the warehouse has loaded
// them and the online store's checkpoint holds what they did.

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "events/event_log.h"
#include "events/log_trim.h"
#include "store/key_value_store.h"

namespace coterie::features {

// A backup of the warehouse or of the store that is no older can still be gone on from.
inline constexpr Micros kLogRetention = 30 * kMicrosPerDay;

struct RetentionConfig {
  std::string log_folder;
  std::string store_url;  // of open_store(), secrets resolved
  store::StoreOptions store = {};
  events::Offset loaded = 0;  // the warehouse has the events before (pushed_offset())
  Micros keep = kLogRetention;
  int64_t dedup_window = events::EventLogOptions().dedup_window;
};

struct RetentionReport {
  events::TrimReport trimmed;
  events::Offset loaded = 0;      // by the warehouse
  events::Offset checkpoint = 0;  // of the store: the oldest from which a state replays; 0 = none
};

// Removes whole segments of the log that lie before both offsets, were written longer ago than
// `keep`, and hold none of the newest `dedup_window` events. Beside a process that serves: it is
// not stopped and offsets go on. Nothing where there is no log, or no checkpoint was ever written.
// kConflict: a state is being built from an earlier offset (materialize.h). kUnavailable: the store
// does not answer.
Result<RetentionReport> trim_event_log(const RetentionConfig& config);

}  // namespace coterie::features
