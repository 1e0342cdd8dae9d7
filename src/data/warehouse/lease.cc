#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/warehouse/lease_internal.h"

namespace coterie::data {

Result<Lease> Lease::open(const std::string& path) {
  int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) {
    descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  }
  if (descriptor < 0) return io_error("cannot open the lock file").at(path);
  return Lease(descriptor);
}

// Locks of the open file, not of the process: two readers of one process are two holders.
Result<bool> Lease::lock(int type, int64_t byte) {
  struct flock request{};
  request.l_type = static_cast<short>(type);
  request.l_whence = SEEK_SET;
  request.l_start = byte;
  request.l_len = 1;
  if (fcntl(descriptor_, F_OFD_SETLK, &request) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return io_error("cannot lock a version")
      .with_mend("keep the warehouse on a local file system of Linux that supports file locks");
}

Result<bool> Lease::try_share(int64_t byte) { return lock(F_RDLCK, byte); }
Result<bool> Lease::try_exclude(int64_t byte) { return lock(F_WRLCK, byte); }

Status Lease::release(int64_t byte) {
  RETURN_IF_ERROR(lock(F_UNLCK, byte));
  return {};
}

bool Lease::is_current(const std::string& path) const {
  struct stat here{};
  struct stat there{};
  return fstat(descriptor_, &here) == 0 && stat(path.c_str(), &there) == 0 &&
         here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

Lease::Lease(Lease&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Lease::~Lease() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace coterie::data
