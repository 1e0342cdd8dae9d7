#pragma once
// The event log: the append-only truth about what happened. One process writes; any number of
// readers, in this process or others, follow it (event_reader.h).
//
//   <folder>/segment-*.log   events (segment.h, frame.h)
//   <folder>/durable         the mark up to which they are durable (durable_mark.h)
//   <folder>/lock            held by the writer, whose process id it names
//
// Durability. append() answers only after the events are on the disk (fdatasync). Appends that come
// while a sync is under way are written and synced together by the next one: many writers share
// each sync (group commit), and one writer alone waits for no timer.
// Duplicates. An event whose id is among those of the latest `dedup_window` events is not stored
// again; the answer names the event that was stored, once that is durable. The window is rebuilt
// from the log on open. Ids further back are not recognised.
// Crash. Opening cuts off what a crash left of the last group, none of which had been acknowledged.
// Damage anywhere else that opening meets (the last segment, and as many before as the window of
// ids needs) is kCorrupt with file and byte; nothing is removed then. Readers check the rest.
// Old events. Segments are removed by remove_before(), or by any process (log_trim.h).
// Full disk. The appends fail with kResourceExhausted, what they wrote is taken back, the log stays
// readable, and appends succeed again as soon as there is space.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "events/event.h"

namespace coterie::events {

struct EventLogOptions {
  int64_t segment_bytes = int64_t{64} << 20;  // a new file is begun behind this size
  // All segments together; appends beyond it are refused with kResourceExhausted, because removing
  // events that somebody still has to read is not the writer's to decide. 0 = no limit.
  int64_t max_bytes = 0;
  int64_t max_event_bytes = int64_t{1} << 20;  // id and payload
  int64_t max_group_bytes = int64_t{8} << 20;  // of one append() call, and synced together
  int64_t dedup_window = int64_t{1} << 20;     // events; 40 bytes of memory each
};

struct Appended {
  Offset offset = 0;       // of the event, or of the earlier one with the same id
  bool duplicate = false;  // it was there already; nothing was stored
};

struct EventLogStats {
  int64_t events = 0;      // appended since open, duplicates not counted
  int64_t duplicates = 0;  // recognised since open
  int64_t syncs = 0;       // groups written since open
  int64_t torn_bytes = 0;  // cut off by open
};

// The writer. Thread-safe.
class EventLog {
 public:
  // Opens or creates. kConflict, naming the process, if another one (or another EventLog of this
  // one) writes to it.
  // Reads the last segment and those that the dedup window reaches into: about 1 s a GiB.
  static Result<EventLog> open(const std::string& folder, const EventLogOptions& options = {});

  // Both return when the events are durable. kInvalidInput: id or event too long; nothing of the
  // call was stored. The events of one call are contiguous and become durable together; a crash
  // before the answer may leave the first of them only.
  Result<Appended> append(const NewEvent& event);
  Result<std::vector<Appended>> append(std::span<const NewEvent> events);

  Offset begin() const;  // the oldest event that is still there; lists the folder
  Offset end() const;    // behind the newest durable event

  // Removes the segments that lie wholly before `offset`, oldest first; the one being written
  // stays. Returns the bytes freed. Readers that are inside a removed segment finish it
  // undisturbed.
  Result<int64_t> remove_before(Offset offset);

  EventLogStats stats() const;

  EventLog(EventLog&&) noexcept;
  EventLog& operator=(EventLog&&) noexcept;
  ~EventLog();

 private:
  struct Impl;
  explicit EventLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::events
