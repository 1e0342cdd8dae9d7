#pragma once
// One event as bytes of a segment file. Little-endian:
//
//   0   u32  magic
//   4   u32  length of the body in bytes
//   8   u32  distance back to the first frame of the group that was written and synced with it
//   12  u32  CRC-32C of the frame's offset in the log (u64), bytes 0 to 11 and the body
//   16  body: u16 length of the id, the id, the payload
//
// The offset is in the checksum, so a frame that stands in the wrong place is as bad as a torn one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/event.h"

namespace coterie::events {

inline constexpr uint32_t kFrameMagic = 0xC07E81E5;
inline constexpr int64_t kFrameHeaderBytes = 16;
// Beyond what EventLogOptions allows, so that a damaged length is noticed.
inline constexpr int64_t kMaxBodyBytes = int64_t{1} << 26;

struct Frame {
  Event event;
  Offset group_start = 0;
};

// Bytes of the frame that holds an event.
int64_t frame_bytes(const NewEvent& event);
void append_frame(std::string& out, const NewEvent& event, Offset offset, Offset group_start);

enum class FrameState {
  kWhole,       // decoded
  kIncomplete,  // sound so far, but the bytes end before the frame does
  kBad,         // not a frame that was written at this offset
};
struct FrameResult {
  FrameState state = FrameState::kBad;
  Frame frame;  // of kWhole; views `bytes`
};
// Decodes the frame at the start of `bytes`, which stand at `offset` of the log.
FrameResult decode_frame(std::string_view bytes, Offset offset);

}  // namespace coterie::events
