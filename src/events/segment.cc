#include "events/segment.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/hash.h"
#include "events/little_endian_internal.h"

namespace coterie::events {
namespace {

constexpr std::string_view kMagic = "COTEVLOG";
constexpr uint32_t kVersion = 1;
constexpr std::string_view kPrefix = "segment-";
constexpr std::string_view kSuffix = ".log";
constexpr size_t kDigits = 20;

std::string header_bytes(Offset base, Micros now) {
  std::string fields;
  put_le(fields, kVersion);
  std::string rest;
  put_le(rest, base);
  put_le(rest, now);
  std::string out(kMagic);
  out += fields;
  put_le(out, crc32c(rest, crc32c(fields)));
  return out + rest;
}

// The offset in a segment's file name, or -1.
Offset offset_in_name(std::string_view name) {
  if (name.size() != kPrefix.size() + kDigits + kSuffix.size()) return -1;
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return -1;
  Offset base = -1;
  const char* const first = name.data() + kPrefix.size();
  const auto parsed = std::from_chars(first, first + kDigits, base);
  return parsed.ec == std::errc{} && parsed.ptr == first + kDigits ? base : -1;
}

}  // namespace

std::string segment_path(const std::string& folder, Offset base) {
  return fmt::format("{}/{}{:0{}}{}", folder, kPrefix, base, kDigits, kSuffix);
}

Result<std::vector<Segment>> list_segments(const std::string& folder) {
  std::vector<Segment> segments;
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  if (error == std::errc::no_such_file_or_directory) return segments;
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    const Offset base = offset_in_name(name);
    if (base < 0) continue;
    std::error_code gone;  // a segment may be removed while we look
    const auto size = entries->file_size(gone);
    if (!gone) segments.push_back({folder + "/" + name, base, static_cast<int64_t>(size)});
  }
  if (error) return Error{ErrorCode::kIo, "cannot list " + folder + ": " + error.message()};
  std::ranges::sort(segments, {}, &Segment::base);
  return segments;
}

Status check_contiguous(const std::vector<Segment>& segments) {
  for (size_t i = 1; i < segments.size(); ++i) {
    const Segment& before = segments[i - 1];
    if (before.end() == segments[i].base) continue;
    return corrupt(fmt::format("the segment ends at offset {} and the next one begins at {}",
                               before.end(), segments[i].base))
        .at(before.path)
        .with_mend("restore the folder from a backup");
  }
  return {};
}

Status remove_segment(const std::string& folder, const Segment& segment) {
  std::error_code error;
  std::filesystem::remove(segment.path, error);
  if (error) {
    return Error{ErrorCode::kIo, "cannot remove the segment: " + error.message()}.at(segment.path);
  }
  return sync_path(folder);
}

Result<Segment> create_segment(const std::string& folder, Offset base, Micros now) {
  const std::string path = segment_path(folder, base);
  if (std::filesystem::exists(path)) {
    return Error{ErrorCode::kConflict, "the segment exists already"}.at(path);
  }
  RETURN_IF_ERROR(write_file_atomic(path, header_bytes(base, now)));
  return Segment{path, base, kSegmentHeaderBytes};
}

Result<Micros> check_segment_header(std::string_view bytes, const Segment& segment) {
  const auto fault = [&segment](std::string what) -> Error {
    return corrupt(std::move(what)).at(segment.path).with_mend("restore the file from a backup");
  };
  if (bytes.size() < static_cast<size_t>(kSegmentHeaderBytes) || !bytes.starts_with(kMagic)) {
    return fault("not a segment of an event log");
  }
  const auto version = get_le<uint32_t>(bytes, 8);
  const std::string_view fields = bytes.substr(8, 4);
  if (crc32c(bytes.substr(16, 16), crc32c(fields)) != get_le<uint32_t>(bytes, 12)) {
    return fault("the segment's header is damaged");
  }
  if (version != kVersion) {
    return Error{ErrorCode::kUnsupported, fmt::format("event log version {}", version)}
        .at(segment.path)
        .with_mend("read it with the program that wrote it");
  }
  if (get_le<Offset>(bytes, 16) != segment.base) {
    return fault("the segment's name does not agree with its header");
  }
  return get_le<Micros>(bytes, 24);
}

Result<MappedFile> MappedFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const Error error = io_error("cannot open " + path);
    return errno == ENOENT ? not_found("no such file").at(path) : error;
  }
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) {
    Error error = io_error("cannot read " + path);
    ::close(descriptor);
    return error;
  }
  const auto size = static_cast<size_t>(status.st_size);
  void* data = nullptr;
  if (size > 0) data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  Error error = io_error("cannot map " + path);
  ::close(descriptor);
  if (data == MAP_FAILED) return error;
  return MappedFile(static_cast<const char*>(data), size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}
MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

}  // namespace coterie::events
