#include "events/event_reader.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "events/durable_mark.h"
#include "events/frame.h"
#include "events/segment.h"

namespace coterie::events {
namespace {

constexpr size_t kReadBytes = size_t{256} * 1024;
constexpr auto kPause = std::chrono::milliseconds(2);

Error removed_error(const std::string& folder, Offset wanted, Offset oldest) {
  return not_found(fmt::format("events before offset {} have been removed, {} among them", oldest,
                               wanted))
      .at(folder)
      .with_mend("rebuild from the warehouse and go on from the oldest event");
}

}  // namespace

Result<LogRange> read_log_range(const std::string& folder) {
  ASSIGN_OR_RETURN(const DurableMark mark, DurableMark::open_to_read(folder));
  ASSIGN_OR_RETURN(const auto segments, list_segments(folder));
  ASSIGN_OR_RETURN(const Offset end, mark.read());
  const Offset begin = segments.empty() ? end : segments.front().base;
  return LogRange{begin, std::max(begin, end)};
}

struct EventReader::Impl {
  Impl(std::string log_folder, DurableMark durable_mark, Offset from)
      : folder(std::move(log_folder)),
        mark(std::move(durable_mark)),
        position(from),
        opened_at(from) {}
  ~Impl() {
    if (descriptor >= 0) ::close(descriptor);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<bool> has_more();
  Status open_segment_at_position();
  Status fill();
  Result<bool> at_segment_end();
  Error damage() const;

  std::string folder;
  DurableMark mark;
  Offset position;
  const Offset opened_at;
  Offset durable = 0;
  Segment segment;
  int descriptor = -1;
  std::vector<char> buffer;
  size_t begin = 0;  // of the unread bytes in `buffer`, which stand at `position`
  size_t end = 0;
};

Result<bool> EventReader::Impl::has_more() {
  if (position < durable) return true;
  ASSIGN_OR_RETURN(const Offset now, mark.read());
  durable = std::max(durable, now);
  return position < durable;
}

Status EventReader::Impl::open_segment_at_position() {
  ASSIGN_OR_RETURN(const auto segments, list_segments(folder));
  const auto behind = std::ranges::upper_bound(segments, position, {}, &Segment::base);
  if (behind == segments.begin()) {
    return removed_error(folder, position, segments.empty() ? durable : segments.front().base);
  }
  const Segment& found = *std::prev(behind);
  const int opened = ::open(found.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0 && errno == ENOENT) return removed_error(folder, position, found.end());
  if (opened < 0) return io_error("cannot open " + found.path);
  if (descriptor >= 0) ::close(descriptor);
  descriptor = opened;
  segment = found;
  begin = end = 0;
  char header[kSegmentHeaderBytes];
  const ssize_t got = ::pread(descriptor, header, sizeof(header), 0);
  if (got < 0) return io_error("cannot read " + segment.path);
  RETURN_IF_ERROR(check_segment_header({header, static_cast<size_t>(got)}, segment));
  return {};
}

// Reads on behind the unread bytes, making room first.
Status EventReader::Impl::fill() {
  const size_t unread = end - begin;
  if (begin > 0)
    std::copy_n(buffer.begin() + static_cast<std::ptrdiff_t>(begin), unread, buffer.begin());
  begin = 0;
  end = unread;
  if (buffer.size() < unread + kReadBytes) buffer.resize(std::max(2 * unread, unread + kReadBytes));
  const Offset at = position - segment.base + kSegmentHeaderBytes + static_cast<Offset>(unread);
  // Never behind the mark: those bytes may still be taken back.
  const auto wanted = std::min<int64_t>(static_cast<int64_t>(buffer.size() - end),
                                        durable - position - static_cast<Offset>(unread));
  const ssize_t got = ::pread(descriptor, buffer.data() + end, static_cast<size_t>(wanted), at);
  if (got < 0) return io_error("cannot read " + segment.path);
  end += static_cast<size_t>(got);
  return {};
}

// Whether the open segment ends at `position` because the log goes on in a later one.
Result<bool> EventReader::Impl::at_segment_end() {
  if (begin != end) return false;
  ASSIGN_OR_RETURN(const auto segments, list_segments(folder));
  return std::ranges::any_of(segments, [this](const Segment& other) {
    return other.base == position && other.base > segment.base;
  });
}

Error EventReader::Impl::damage() const {
  if (position == opened_at && position != segment.base) {
    return invalid_input(fmt::format("no event begins at offset {}", position))
        .at(segment.path)
        .with_mend("use offsets that the log has handed out");
  }
  return corrupt(fmt::format("the event at offset {} (byte {} of the file) is damaged", position,
                             position - segment.base + kSegmentHeaderBytes))
      .at(segment.path)
      .with_mend("restore the file from a backup, or go on from the next segment's first offset");
}

Result<EventReader> EventReader::open(const std::string& folder, Offset from) {
  ASSIGN_OR_RETURN(const LogRange range, read_log_range(folder));
  if (from == kOldestEvent) from = range.begin;
  if (from < range.begin) return removed_error(folder, from, range.begin);
  if (from > range.end) {
    return invalid_input(
               fmt::format("offset {} lies behind the end of the log, {}", from, range.end))
        .at(folder)
        .with_mend(
            "the checkpoint belongs to another log, or this one was restored from an older "
            "backup: go on from the oldest event");
  }
  ASSIGN_OR_RETURN(DurableMark mark, DurableMark::open_to_read(folder));
  return EventReader(std::make_unique<Impl>(folder, std::move(mark), from));
}

Result<std::optional<Event>> EventReader::next() {
  Impl& impl = *impl_;
  ASSIGN_OR_RETURN(const bool more, impl.has_more());
  if (!more) return std::optional<Event>();
  if (impl.descriptor < 0) RETURN_IF_ERROR(impl.open_segment_at_position());
  while (true) {
    const std::string_view bytes(impl.buffer.data() + impl.begin, impl.end - impl.begin);
    FrameResult found{FrameState::kIncomplete, {}};
    if (!bytes.empty()) found = decode_frame(bytes, impl.position);
    if (found.state == FrameState::kBad) return impl.damage();
    if (found.state == FrameState::kWhole) {
      const Event& event = found.frame.event;
      impl.begin += static_cast<size_t>(event.next - impl.position);
      impl.position = event.next;
      return std::optional<Event>(event);
    }
    const size_t before = impl.end - impl.begin;
    RETURN_IF_ERROR(impl.fill());
    if (impl.end - impl.begin > before) continue;
    ASSIGN_OR_RETURN(const bool ended, impl.at_segment_end());
    if (!ended) return impl.damage();
    RETURN_IF_ERROR(impl.open_segment_at_position());
  }
}

Result<bool> EventReader::wait(double timeout_s) {
  const Stopwatch watch;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, impl_->has_more());
    if (more) return true;
    if (watch.seconds() >= timeout_s) return false;
    RETURN_IF_ERROR(check_cancelled());
    std::this_thread::sleep_for(kPause);
  }
}

Offset EventReader::position() const { return impl_->position; }

EventReader::EventReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventReader::EventReader(EventReader&&) noexcept = default;
EventReader& EventReader::operator=(EventReader&&) noexcept = default;
EventReader::~EventReader() = default;

}  // namespace coterie::events
