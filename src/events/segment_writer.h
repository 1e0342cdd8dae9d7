#pragma once
// Writes groups of frames to the last segment of a log, durably or not at all.

#include <string>
#include <string_view>

#include "base/result.h"
#include "events/durable_mark.h"
#include "events/segment.h"

namespace coterie::events {

// One thread at a time.
class SegmentWriter {
 public:
  // Continues `last`, whose sound content ends at `end`; what lies behind is cut off durably.
  static Result<SegmentWriter> open(std::string folder, const Segment& last, Offset end);

  Offset end() const { return end_; }
  Offset base() const { return base_; }
  int64_t segment_bytes() const { return end_ - base_ + kSegmentHeaderBytes; }

  // Appends `frames` at end(), syncs and moves the mark. On an error nothing is there: what was
  // written has been cut off again, or will be before the next attempt.
  Status write(std::string_view frames);
  // Begins a new segment at end().
  Status roll();

  SegmentWriter(SegmentWriter&& other) noexcept;
  SegmentWriter& operator=(SegmentWriter&& other) noexcept;
  ~SegmentWriter();

 private:
  SegmentWriter(std::string folder, DurableMark mark);
  Status open_segment(const Segment& segment);
  Status write_all(std::string_view bytes);
  Status cut_off();  // what lies behind end()

  std::string folder_;
  DurableMark mark_;
  std::string path_;
  int descriptor_ = -1;
  Offset base_ = 0;
  Offset end_ = 0;
  bool dirty_ = false;  // bytes may lie behind end()
};

}  // namespace coterie::events
