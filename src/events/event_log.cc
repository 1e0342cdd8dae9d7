#include "events/event_log.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "events/dedup_window.h"
#include "events/durable_mark.h"
#include "events/frame.h"
#include "events/recovery.h"
#include "events/segment.h"
#include "events/segment_writer.h"

namespace coterie::events {
namespace {

constexpr size_t kMaxIdBytes = 1024;

// The lock's file holds the id of the process that took it last.
std::string holder_of(const std::string& path) {
  const auto id = read_file(path, 64);
  if (!id.ok() || id->empty() ||
      !std::ranges::all_of(*id, [](char c) { return c >= '0' && c <= '9'; }))
    return "another process";
  return "process " + *id;
}

Result<FileLock> take_lock(const std::string& folder) {
  const std::string path = folder + "/lock";
  auto lock = FileLock::try_acquire(path);
  if (lock.ok()) {
    std::ofstream(path, std::ios::trunc) << ::getpid();
    return lock;
  }
  if (lock.error().code != ErrorCode::kConflict) return lock;
  return Error{ErrorCode::kConflict, holder_of(path) + " writes to this event log"}
      .at(folder)
      .with_mend("stop it first (coterie serve?); a log has one writer, readers need no lock");
}

// A call to append(), on its thread's stack, in the queue until a leader has dealt with it.
struct Request {
  std::span<const NewEvent> events;
  int64_t bytes = 0;
  std::vector<Appended> answers;
  std::optional<Error> error;
  bool done = false;
  std::condition_variable wake;
};

}  // namespace

struct EventLog::Impl {
  Impl(std::string log_folder, const EventLogOptions& log_options, FileLock held,
       SegmentWriter segment_writer, DedupWindow ids)
      : folder(std::move(log_folder)),
        options(log_options),
        lock(std::move(held)),
        writer(std::move(segment_writer)),
        window(std::move(ids)),
        durable_end(writer.end()) {}

  Status check(const NewEvent& event) const;
  Result<std::vector<Appended>> append(std::span<const NewEvent> events);
  std::vector<Request*> take_group();
  void commit(const std::vector<Request*>& group);
  std::optional<Error> store(const std::vector<Request*>& group);
  std::optional<Error> limit_error(int64_t bytes);
  Offset find_oldest();

  const std::string folder;
  const EventLogOptions options;
  const FileLock lock;

  // The queue's front is the leader: it alone writes, without the mutex, while others queue up.
  std::mutex mutex;
  std::deque<Request*> queue;

  // The leader's.
  SegmentWriter writer;
  DedupWindow window;
  std::string buffer;

  std::mutex removal;  // of segments, and `oldest`
  std::atomic<Offset> oldest = 0;
  std::atomic<Offset> durable_end;
  std::atomic<Offset> active_base = 0;
  std::atomic<int64_t> stored = 0;
  std::atomic<int64_t> duplicates = 0;
  std::atomic<int64_t> syncs = 0;
  int64_t torn_bytes = 0;
};

namespace {

// What opening learns from the segments' bytes.
struct Opened {
  Segment last;
  Offset begin = 0;
  Offset end = 0;
  int64_t torn_bytes = 0;
};

// Feeds the ids of the latest events to the window: counts backwards over whole segments until
// there are enough, then reads those forwards.
Result<Opened> read_segments(const std::vector<Segment>& segments, Offset durable,
                             DedupWindow& window, int64_t wanted) {
  Opened opened{segments.back(), segments.front().base, 0, 0};
  std::vector<std::pair<MappedFile, const Segment*>> newest_first;
  int64_t events = 0;
  for (size_t i = segments.size(); i-- > 0 && (i + 1 == segments.size() || events < wanted);) {
    const bool last = i + 1 == segments.size();
    ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(segments[i].path));
    ASSIGN_OR_RETURN(const ScanResult scan,
                     scan_segment(file.bytes(), segments[i], last, durable, [](const Event&) {}));
    events += scan.events;
    if (last) {
      opened.end = scan.end;
      opened.torn_bytes = scan.torn_bytes;
    }
    newest_first.emplace_back(std::move(file), &segments[i]);
  }
  const auto remember = [&window](const Event& event) {
    if (!event.id.empty() && !window.find(event.id)) window.insert(event.id, event.offset);
  };
  for (size_t i = newest_first.size(); i-- > 0;) {
    const auto& [file, segment] = newest_first[i];
    RETURN_IF_ERROR(scan_segment(file.bytes(), *segment, i == 0, durable, remember));
  }
  return opened;
}

}  // namespace

Result<EventLog> EventLog::open(const std::string& folder, const EventLogOptions& options) {
  CHECK(options.max_event_bytes + kFrameHeaderBytes <= options.max_group_bytes);
  CHECK(options.max_group_bytes < kMaxBodyBytes);
  RETURN_IF_ERROR(make_folders(folder));
  ASSIGN_OR_RETURN(FileLock lock, take_lock(folder));
  ASSIGN_OR_RETURN(std::vector<Segment> segments, list_segments(folder));
  if (segments.empty()) {
    ASSIGN_OR_RETURN(Segment first, create_segment(folder, 0, now_micros()));
    segments.push_back(std::move(first));
  }
  RETURN_IF_ERROR(check_contiguous(segments));
  ASSIGN_OR_RETURN(const DurableMark mark, DurableMark::open_to_write(folder));
  ASSIGN_OR_RETURN(const Offset durable, mark.read());
  DedupWindow window(options.dedup_window);
  ASSIGN_OR_RETURN(const Opened opened,
                   read_segments(segments, durable, window, options.dedup_window));
  if (opened.torn_bytes > 0) {
    log::warning("event log {}: cut off {} bytes of events that a crash left unacknowledged",
                 folder, opened.torn_bytes);
  }
  ASSIGN_OR_RETURN(SegmentWriter writer, SegmentWriter::open(folder, opened.last, opened.end));
  auto impl = std::make_unique<Impl>(folder, options, std::move(lock), std::move(writer),
                                     std::move(window));
  impl->oldest = opened.begin;
  impl->active_base = opened.last.base;
  impl->torn_bytes = opened.torn_bytes;
  return EventLog(std::move(impl));
}

Status EventLog::Impl::check(const NewEvent& event) const {
  if (event.id.size() > kMaxIdBytes) {
    return invalid_input(fmt::format("the event's id is {} bytes long, at most {} are stored",
                                     event.id.size(), kMaxIdBytes))
        .with_mend("send a shorter id, such as a UUID");
  }
  const auto bytes = static_cast<int64_t>(event.id.size() + event.payload.size());
  if (bytes <= options.max_event_bytes) return {};
  return invalid_input(fmt::format("the event is {} bytes long, at most {} are stored", bytes,
                                   options.max_event_bytes))
      .with_mend("send less in one event");
}

Result<std::vector<Appended>> EventLog::Impl::append(std::span<const NewEvent> events) {
  Request request;
  request.events = events;
  for (const NewEvent& event : events) {
    RETURN_IF_ERROR(check(event));
    request.bytes += frame_bytes(event);
  }
  if (request.bytes > options.max_group_bytes) {
    return invalid_input(
               fmt::format("{} events of {} bytes in one call, at most {} bytes are stored",
                           events.size(), request.bytes, options.max_group_bytes))
        .with_mend("append them in several calls");
  }
  std::unique_lock held(mutex);
  queue.push_back(&request);
  request.wake.wait(held, [&] { return request.done || queue.front() == &request; });
  if (!request.done) {
    const std::vector<Request*> group = take_group();
    held.unlock();
    commit(group);
    held.lock();
    for (Request* member : group) {
      queue.pop_front();
      member->done = true;
      // Still under the mutex: the member's stack frame lives until it can take it.
      if (member != &request) member->wake.notify_one();
    }
    if (!queue.empty()) queue.front()->wake.notify_one();
  }
  if (request.error) return *std::move(request.error);
  return std::move(request.answers);
}

// The requests at the front that fit one group; they stay in the queue. Called with the mutex.
std::vector<Request*> EventLog::Impl::take_group() {
  std::vector<Request*> group;
  int64_t bytes = 0;
  for (Request* request : queue) {
    bytes += request->bytes;
    if (!group.empty() && bytes > options.max_group_bytes) break;
    group.push_back(request);
  }
  return group;
}

void EventLog::Impl::commit(const std::vector<Request*>& group) {
  const std::optional<Error> error = store(group);
  if (!error) return;
  for (Request* request : group) {
    request->error = *error;
    request->answers.clear();
  }
}

// Another process may have removed segments (log_trim.h).
Offset EventLog::Impl::find_oldest() {
  const std::scoped_lock held(removal);
  const auto segments = list_segments(folder);
  if (segments.ok() && !segments->empty()) oldest = segments->front().base;
  return oldest;
}

std::optional<Error> EventLog::Impl::limit_error(int64_t bytes) {
  if (options.max_bytes == 0 || durable_end - oldest + bytes <= options.max_bytes)
    return std::nullopt;
  const int64_t held = durable_end - find_oldest();
  if (held + bytes <= options.max_bytes) return std::nullopt;
  return Error{ErrorCode::kResourceExhausted,
               fmt::format("the event log holds {} of at most {}", format_bytes(held),
                           format_bytes(options.max_bytes))}
      .at(folder)
      .with_mend(
          "load its events into the warehouse, which lets old segments go, or raise the limit");
}

std::optional<Error> EventLog::Impl::store(const std::vector<Request*>& group) {
  if (writer.segment_bytes() >= options.segment_bytes) {
    if (Status rolled = writer.roll(); !rolled.ok()) return std::move(rolled).error();
    active_base = writer.base();
  }
  buffer.clear();
  const Offset start = writer.end();
  int64_t fresh = 0;
  int64_t known = 0;
  int64_t remembered = 0;
  for (Request* request : group) {
    for (const NewEvent& event : request->events) {
      const auto earlier = event.id.empty() ? std::nullopt : window.find(event.id);
      const Offset offset = start + static_cast<Offset>(buffer.size());
      request->answers.push_back({earlier.value_or(offset), earlier.has_value()});
      ++(earlier ? known : fresh);
      if (earlier) continue;
      append_frame(buffer, event, offset, start);
      if (event.id.empty()) continue;
      window.insert(event.id, offset);
      ++remembered;
    }
  }
  std::optional<Error> error = limit_error(static_cast<int64_t>(buffer.size()));
  if (!error && !buffer.empty()) {
    if (Status written = writer.write(buffer); !written.ok()) error = std::move(written).error();
    ++syncs;
  }
  if (error) {
    window.undo(remembered);
    return error;
  }
  durable_end = writer.end();
  stored += fresh;
  duplicates += known;
  return std::nullopt;
}

Result<Appended> EventLog::append(const NewEvent& event) {
  ASSIGN_OR_RETURN(const auto answers, impl_->append({&event, 1}));
  return answers.front();
}

Result<std::vector<Appended>> EventLog::append(std::span<const NewEvent> events) {
  return impl_->append(events);
}

Offset EventLog::begin() const { return impl_->find_oldest(); }
Offset EventLog::end() const { return impl_->durable_end; }

Result<int64_t> EventLog::remove_before(Offset offset) {
  const std::scoped_lock held(impl_->removal);
  ASSIGN_OR_RETURN(const auto segments, list_segments(impl_->folder));
  int64_t freed = 0;
  for (const Segment& segment : segments) {
    if (segment.base >= impl_->active_base || segment.end() > offset) break;
    RETURN_IF_ERROR(remove_segment(impl_->folder, segment));
    impl_->oldest = segment.end();
    freed += segment.bytes;
  }
  return freed;
}

EventLogStats EventLog::stats() const {
  return {impl_->stored, impl_->duplicates, impl_->syncs, impl_->torn_bytes};
}

EventLog::EventLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventLog::EventLog(EventLog&&) noexcept = default;
EventLog& EventLog::operator=(EventLog&&) noexcept = default;
EventLog::~EventLog() = default;

}  // namespace coterie::events
