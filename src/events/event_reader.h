#pragma once
// Reads a log from an offset on, beside its writer, in the same or another process. Takes no lock.

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "events/event.h"

namespace coterie::events {

// Begin with the oldest event that is still there.
inline constexpr Offset kOldestEvent = -1;

struct LogRange {
  Offset begin = 0;
  Offset end = 0;  // behind the newest durable event
};
// kNotFound if there is no log in `folder`.
Result<LogRange> read_log_range(const std::string& folder);

// Not thread-safe; open one a thread.
class EventReader {
 public:
  // kNotFound: no log there, or the events from `from` on have been removed; the message names the
  // oldest offset. kInvalidInput: `from` lies behind the end.
  static Result<EventReader> open(const std::string& folder, Offset from);

  // The next durable event, valid until the next call; nullopt if there is none now. kCorrupt with
  // file and byte. kInvalidInput if the offset given to open() is not the beginning of an event.
  Result<std::optional<Event>> next();
  // Waits until next() has an event, at most `timeout_s`; false if it has none by then. Looks every
  // few milliseconds. kCancelled on Ctrl-C.
  Result<bool> wait(double timeout_s);
  // The offset of the event that next() returns next: what to store in a checkpoint.
  Offset position() const;

  EventReader(EventReader&&) noexcept;
  EventReader& operator=(EventReader&&) noexcept;
  ~EventReader();

 private:
  struct Impl;
  explicit EventReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::events
