#pragma once
// Segment files: a log is cut into files so that old events are removed by deleting files.
//
//   segment-<offset of its first event, 20 digits>.log
//   header, 32 bytes: "COTEVLOG", u32 version, u32 CRC-32C of the other fields, i64 offset of the
//   first event, i64 UTC microseconds of creation; then frames (frame.h) without gaps
//
// A segment file appears under its name complete with header, and only grows. Only the last one of
// a log is written to.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "events/event.h"

namespace coterie::events {

inline constexpr int64_t kSegmentHeaderBytes = 32;

struct Segment {
  std::string path;
  Offset base = 0;    // of its first event
  int64_t bytes = 0;  // size of the file, header included

  Offset end() const { return base + bytes - kSegmentHeaderBytes; }
};

std::string segment_path(const std::string& folder, Offset base);

// All segments in order of their offsets, from names and sizes alone. A folder that does not exist
// has no segments.
Result<std::vector<Segment>> list_segments(const std::string& folder);
// kCorrupt unless each segment begins where the one before ends. Only the writer can ask: to others
// the last segments may grow between looking at one and at the next.
Status check_contiguous(const std::vector<Segment>& segments);

// Creates the file with its header, durably. kConflict if it exists.
Result<Segment> create_segment(const std::string& folder, Offset base, Micros now);

// Removes the file, durably.
Status remove_segment(const std::string& folder, const Segment& segment);

// Checks the header of a segment file's first bytes; returns the time of creation.
Result<Micros> check_segment_header(std::string_view bytes, const Segment& segment);

// A file's bytes, mapped for reading. Later growth is not seen; shortening the file meanwhile is a
// fault of the caller (only the writer that holds the log's lock shortens, and only the tail that
// no reader may read yet).
class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path);
  std::string_view bytes() const { return {data_, size_}; }
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

 private:
  MappedFile(const char* data, size_t size) : data_(data), size_(size) {}
  const char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace coterie::events
