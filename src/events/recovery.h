#pragma once
// What the bytes of a segment hold: sound events, a torn tail, or damage.
//
// Groups of events are written and synced one after the other, so a crash can tear only the last
// group. A frame that does not decode is therefore
//   a torn tail  if it stands behind the durable mark and no event of a later group follows it,
//   damage       otherwise: events that were acknowledged are unreadable.

#include <functional>
#include <string_view>

#include "base/result.h"
#include "events/event.h"
#include "events/segment.h"

namespace coterie::events {

struct ScanResult {
  int64_t events = 0;
  Offset end = 0;          // behind the last sound event
  int64_t torn_bytes = 0;  // behind `end`: what a crash left of the last group
};

// Scans `bytes`, the whole file of `segment`. `durable` is the log's mark. Only the last segment of
// a log may have a torn tail. kCorrupt names file and byte. O(bytes).
Result<ScanResult> scan_segment(std::string_view bytes, const Segment& segment, bool is_last,
                                Offset durable, const std::function<void(const Event&)>& each);

}  // namespace coterie::events
