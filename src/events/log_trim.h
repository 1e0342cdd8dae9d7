#pragma once
// Removes old segments of a log, in any process: beside its writer and its readers, without the
// writer's lock.

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "events/event.h"

namespace coterie::events {

// A segment goes where all of this holds, the segments before it have gone, and it is not the last.
struct TrimLimits {
  Offset before = 0;          // nobody reads the events before this any more
  Micros written_before = 0;  // its newest event was written before this moment
  // At least so many of the newest events stay: the EventLogOptions::dedup_window of the writer, so
  // that after a restart it recognises the same ids as if nothing had been removed.
  int64_t keep_events = int64_t{1} << 20;
};

struct TrimReport {
  int64_t segments = 0;  // removed
  int64_t bytes = 0;
  Offset begin = 0;  // the oldest event that is there now
  Offset end = 0;
};

// Oldest first, each durably before the next, so that a crash at any moment leaves a log without
// gaps. Offsets of what stays do not change. A writer learns of it when it asks (EventLog::begin())
// or meets its limit of bytes. A reader that stands before `before` gets kNotFound.
// kNotFound if there is no log. Reads the newest segments, as far as `keep_events` reach.
Result<TrimReport> trim_log(const std::string& folder, const TrimLimits& limits);

}  // namespace coterie::events
