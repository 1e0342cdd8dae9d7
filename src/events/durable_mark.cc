#include "events/durable_mark.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/hash.h"
#include "events/little_endian_internal.h"

namespace coterie::events {
namespace {

constexpr size_t kBytes = 12;  // the offset and its CRC-32C

std::string mark_path(const std::string& folder) { return folder + "/durable"; }

}  // namespace

Result<DurableMark> DurableMark::open_to_write(const std::string& folder) {
  const std::string path = mark_path(folder);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return io_error("cannot open " + path);
  return DurableMark(descriptor, path);
}

Result<DurableMark> DurableMark::open_to_read(const std::string& folder) {
  const std::string path = mark_path(folder);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0) return DurableMark(descriptor, path);
  if (errno != ENOENT) return io_error("cannot open " + path);
  return not_found("there is no event log in this folder").at(folder);
}

Result<Offset> DurableMark::read() const {
  // A read may meet a write half-way; the checksum tells, and the next attempt sees it whole.
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    char buffer[kBytes];
    const ssize_t got = ::pread(descriptor_, buffer, sizeof(buffer), 0);
    if (got < 0) return io_error("cannot read " + path_);
    if (got == 0) return Offset{0};
    const std::string_view bytes(buffer, static_cast<size_t>(got));
    if (bytes.size() < kBytes) continue;
    if (crc32c(bytes.substr(0, 8)) == get_le<uint32_t>(bytes, 8)) return get_le<Offset>(bytes, 0);
  }
  return Offset{0};
}

Status DurableMark::write(Offset offset) const {
  std::string bytes;
  put_le(bytes, offset);
  put_le(bytes, crc32c(bytes));
  const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), 0);
  if (written == static_cast<ssize_t>(bytes.size())) return {};
  return io_error("cannot write " + path_);
}

DurableMark::DurableMark(DurableMark&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}
DurableMark& DurableMark::operator=(DurableMark&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}
DurableMark::~DurableMark() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace coterie::events
