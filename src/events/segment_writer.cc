#include "events/segment_writer.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"

namespace coterie::events {

SegmentWriter::SegmentWriter(std::string folder, DurableMark mark)
    : folder_(std::move(folder)), mark_(std::move(mark)) {}

Result<SegmentWriter> SegmentWriter::open(std::string folder, const Segment& last, Offset end) {
  ASSIGN_OR_RETURN(DurableMark mark, DurableMark::open_to_write(folder));
  SegmentWriter writer(std::move(folder), std::move(mark));
  RETURN_IF_ERROR(writer.open_segment(last));
  writer.end_ = end;
  // Events behind a lagging mark may be in the page cache only: from here on they count as durable.
  RETURN_IF_ERROR(writer.cut_off());
  RETURN_IF_ERROR(writer.mark_.write(end));
  return writer;
}

Status SegmentWriter::open_segment(const Segment& segment) {
  const int descriptor = ::open(segment.path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return io_error("cannot open " + segment.path);
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = descriptor;
  path_ = segment.path;
  base_ = segment.base;
  end_ = segment.end();
  return {};
}

Status SegmentWriter::cut_off() {
  if (::ftruncate(descriptor_, segment_bytes()) != 0) return io_error("cannot shorten " + path_);
  if (::fdatasync(descriptor_) != 0) return io_error("cannot sync " + path_);
  dirty_ = false;
  return {};
}

Status SegmentWriter::write_all(std::string_view bytes) {
  int64_t at = segment_bytes();
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_error("cannot write " + path_);
    bytes.remove_prefix(static_cast<size_t>(written));
    at += written;
  }
  if (::fdatasync(descriptor_) != 0) return io_error("cannot sync " + path_);
  return {};
}

Status SegmentWriter::write(std::string_view frames) {
  if (dirty_) RETURN_IF_ERROR(cut_off());
  dirty_ = true;
  if (Status status = write_all(frames); !status.ok()) {
    // Cutting off gives back the space at once; should it fail, the next write tries again.
    (void)cut_off();
    return status;
  }
  dirty_ = false;
  end_ += static_cast<Offset>(frames.size());
  // The events are durable whatever becomes of the mark; readers then see them after the next one.
  (void)mark_.write(end_);
  return {};
}

Status SegmentWriter::roll() {
  if (dirty_) RETURN_IF_ERROR(cut_off());
  ASSIGN_OR_RETURN(const Segment segment, create_segment(folder_, end_, now_micros()));
  return open_segment(segment);
}

SegmentWriter::SegmentWriter(SegmentWriter&& other) noexcept
    : folder_(std::move(other.folder_)),
      mark_(std::move(other.mark_)),
      path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      base_(other.base_),
      end_(other.end_),
      dirty_(other.dirty_) {}

SegmentWriter& SegmentWriter::operator=(SegmentWriter&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(mark_, other.mark_);
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(base_, other.base_);
  std::swap(end_, other.end_);
  std::swap(dirty_, other.dirty_);
  return *this;
}

SegmentWriter::~SegmentWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace coterie::events
