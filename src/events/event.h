#pragma once
// Events and their place in a log.

#include <cstdint>
#include <string_view>

namespace coterie::events {

// A place in a log: bytes of frames since its very first event, whichever segment file they stand
// in. Only values that the log hands out are places of events. Never reused: removing old segments
// does not renumber.
using Offset = int64_t;

struct NewEvent {
  std::string_view id;  // empty: never a duplicate. At most 1024 bytes
  std::string_view payload;
};

// Views memory of whoever returned it.
struct Event {
  Offset offset = 0;
  Offset next = 0;  // where the following event begins: what to store as "read up to here"
  std::string_view id;
  std::string_view payload;
};

}  // namespace coterie::events
