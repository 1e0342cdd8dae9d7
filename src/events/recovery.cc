#include "events/recovery.h"

#include <string>

#include <fmt/format.h>

#include "events/frame.h"
#include "events/little_endian_internal.h"

namespace coterie::events {
namespace {

// Whether a sound event of a group that began behind `bad` stands in frames[from...].
bool later_group_follows(std::string_view frames, size_t from, Offset base, Offset bad) {
  std::string magic;
  put_le(magic, kFrameMagic);
  for (size_t at = frames.find(magic, from); at != std::string_view::npos;
       at = frames.find(magic, at + 1)) {
    const FrameResult found = decode_frame(frames.substr(at), base + static_cast<Offset>(at));
    if (found.state == FrameState::kWhole && found.frame.group_start > bad) return true;
  }
  return false;
}

}  // namespace

Result<ScanResult> scan_segment(std::string_view bytes, const Segment& segment, bool is_last,
                                Offset durable, const std::function<void(const Event&)>& each) {
  RETURN_IF_ERROR(check_segment_header(bytes, segment));
  const std::string_view frames = bytes.substr(kSegmentHeaderBytes);
  ScanResult result;
  result.end = segment.base;
  size_t at = 0;
  while (at < frames.size()) {
    const FrameResult found = decode_frame(frames.substr(at), result.end);
    if (found.state != FrameState::kWhole) break;
    each(found.frame.event);
    ++result.events;
    at += static_cast<size_t>(found.frame.event.next - result.end);
    result.end = found.frame.event.next;
  }
  const auto damage = [&](std::string what, std::string mend) -> Error {
    return corrupt(std::move(what)).at(segment.path).with_mend(std::move(mend));
  };
  if (at == frames.size()) {
    if (!is_last || result.end >= durable) return result;
    return damage(
        fmt::format("the log ends at offset {}, but events up to {} had been acknowledged",
                    result.end, durable),
        "restore the folder from a newer backup; to go on without those events, remove "
        "the file 'durable' beside the segments");
  }
  if (!is_last || result.end < durable ||
      later_group_follows(frames, at + 1, segment.base, result.end)) {
    return damage(fmt::format("the event at offset {} (byte {} of the file) is damaged, and it had "
                              "been acknowledged",
                              result.end, at + kSegmentHeaderBytes),
                  "restore the file from a backup; to go on without its events, move this file and "
                  "all earlier segments away");
  }
  result.torn_bytes = static_cast<int64_t>(frames.size() - at);
  return result;
}

}  // namespace coterie::events
