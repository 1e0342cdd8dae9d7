// links: coterie_events
// Any bytes as the last segment of a log: scanning ends, finds only events inside the bytes, and
// once the torn tail is cut off finds the same events and no tail. A flag byte in front chooses the
// durable mark.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "events/frame.h"
#include "events/recovery.h"
#include "events/segment.h"

namespace {

using namespace coterie::events;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Offset durable = data[0];
  const Segment segment{"segment", 0, static_cast<int64_t>(bytes.size())};
  const auto inside = [&bytes](std::string_view part) {
    return part.data() >= bytes.data() && part.data() + part.size() <= bytes.data() + bytes.size();
  };
  int64_t events = 0;
  std::string rewritten(bytes.substr(0, std::min<size_t>(bytes.size(), kSegmentHeaderBytes)));
  const auto scan = scan_segment(bytes, segment, true, durable, [&](const Event& event) {
    require(inside(event.id) && inside(event.payload) && event.next > event.offset);
    const FrameResult frame =
        decode_frame(bytes.substr(kSegmentHeaderBytes + event.offset), event.offset);
    require(frame.state == FrameState::kWhole);
    append_frame(rewritten, {event.id, event.payload}, event.offset, frame.frame.group_start);
    ++events;
  });
  if (!scan.ok()) {
    require(scan.error().code == coterie::ErrorCode::kCorrupt ||
            scan.error().code == coterie::ErrorCode::kUnsupported);
    return 0;
  }
  require(scan->events == events);
  const std::string_view sound = bytes.substr(0, bytes.size() - scan->torn_bytes);
  require(sound == rewritten);
  const auto again = scan_segment(sound, segment, true, durable, [](const Event&) {});
  require(again.ok() && again->torn_bytes == 0 && again->events == events);
  return 0;
}
