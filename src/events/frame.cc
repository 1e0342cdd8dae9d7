#include "events/frame.h"

#include "base/hash.h"
#include "events/little_endian_internal.h"

namespace coterie::events {
namespace {

constexpr size_t kChecksumAt = 12;

uint32_t checksum(Offset offset, std::string_view head, std::string_view body) {
  std::string place;
  put_le(place, offset);
  return crc32c(body, crc32c(head, crc32c(place)));
}

}  // namespace

int64_t frame_bytes(const NewEvent& event) {
  return kFrameHeaderBytes + 2 + static_cast<int64_t>(event.id.size() + event.payload.size());
}

void append_frame(std::string& out, const NewEvent& event, Offset offset, Offset group_start) {
  const size_t begin = out.size();
  put_le(out, kFrameMagic);
  put_le(out, static_cast<uint32_t>(frame_bytes(event) - kFrameHeaderBytes));
  put_le(out, static_cast<uint32_t>(offset - group_start));
  put_le(out, uint32_t{0});
  put_le(out, static_cast<uint16_t>(event.id.size()));
  out += event.id;
  out += event.payload;
  const std::string_view frame = std::string_view(out).substr(begin);
  std::string sum;
  put_le(sum, checksum(offset, frame.substr(0, kChecksumAt), frame.substr(kFrameHeaderBytes)));
  out.replace(begin + kChecksumAt, sum.size(), sum);
}

FrameResult decode_frame(std::string_view bytes, Offset offset) {
  // Even a part of a header must look like one: zeros behind a torn write are not a frame to come.
  std::string magic;
  put_le(magic, kFrameMagic);
  const size_t known = std::min(bytes.size(), magic.size());
  if (bytes.substr(0, known) != std::string_view(magic).substr(0, known)) return {};
  if (bytes.size() < static_cast<size_t>(kFrameHeaderBytes)) return {FrameState::kIncomplete, {}};
  const auto length = get_le<uint32_t>(bytes, 4);
  const auto back = get_le<uint32_t>(bytes, 8);
  if (length < 2 || length > kMaxBodyBytes || back > offset) return {};
  if (bytes.size() < static_cast<size_t>(kFrameHeaderBytes) + length)
    return {FrameState::kIncomplete, {}};
  const std::string_view body = bytes.substr(kFrameHeaderBytes, length);
  if (checksum(offset, bytes.substr(0, kChecksumAt), body) !=
      get_le<uint32_t>(bytes, kChecksumAt)) {
    return {};
  }
  const auto id_length = get_le<uint16_t>(body, 0);
  if (id_length + size_t{2} > body.size()) return {};
  FrameResult result{FrameState::kWhole, {}};
  result.frame.event = {offset, offset + kFrameHeaderBytes + length, body.substr(2, id_length),
                        body.substr(2 + id_length)};
  result.frame.group_start = offset - back;
  return result;
}

}  // namespace coterie::events
