#include "events/log_trim.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/cancel.h"
#include "events/event_reader.h"
#include "events/segment.h"

namespace coterie::events {
namespace {

// When the segment was begun.
Result<Micros> begun_at(const Segment& segment) {
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(segment.path));
  return check_segment_header(file.bytes(), segment);
}

// How many of the segments, oldest first, are behind everybody and old enough. A segment's newest
// event was written before the next one was begun. The listing may be a moment behind the writer:
// a segment that does not reach to the next one was still growing, and stays.
Result<size_t> removable(const std::vector<Segment>& segments, const TrimLimits& limits) {
  size_t count = 0;
  while (count + 1 < segments.size()) {
    const Segment& next = segments[count + 1];
    if (segments[count].end() != next.base || next.base > limits.before) break;
    ASSIGN_OR_RETURN(const Micros ended, begun_at(next));
    if (ended >= limits.written_before) break;
    ++count;
  }
  return count;
}

// Of the events [begin, end); `end` is not asked of the newest segment.
Result<int64_t> count_events(const std::string& folder, Offset begin, std::optional<Offset> end) {
  ASSIGN_OR_RETURN(EventReader reader, EventReader::open(folder, begin));
  int64_t events = 0;
  while (!end || reader.position() < *end) {
    ASSIGN_OR_RETURN(const auto event, reader.next());
    if (!event) break;
    ++events;
  }
  return events;
}

// How many of the oldest segments may go so that `keep_events` stay.
Result<size_t> not_needed(const std::string& folder, const std::vector<Segment>& segments,
                          int64_t keep_events) {
  size_t first_kept = segments.size();
  int64_t events = 0;
  while (first_kept > 0 && events < keep_events) {
    RETURN_IF_ERROR(check_cancelled());
    std::optional<Offset> end;
    if (first_kept < segments.size()) end = segments[first_kept].base;
    --first_kept;
    ASSIGN_OR_RETURN(const int64_t more, count_events(folder, segments[first_kept].base, end));
    events += more;
  }
  return first_kept;
}

}  // namespace

Result<TrimReport> trim_log(const std::string& folder, const TrimLimits& limits) {
  ASSIGN_OR_RETURN(const LogRange range, read_log_range(folder));
  ASSIGN_OR_RETURN(const auto segments, list_segments(folder));
  TrimReport report{.segments = 0, .bytes = 0, .begin = range.begin, .end = range.end};
  ASSIGN_OR_RETURN(const size_t count, removable(segments, limits));
  if (count == 0) return report;
  ASSIGN_OR_RETURN(const size_t most, not_needed(folder, segments, limits.keep_events));
  for (size_t i = 0; i < std::min(count, most); ++i) {
    RETURN_IF_ERROR(check_cancelled());
    RETURN_IF_ERROR(remove_segment(folder, segments[i]));
    ++report.segments;
    report.bytes += segments[i].bytes;
    report.begin = segments[i].end();
  }
  return report;
}

}  // namespace coterie::events
