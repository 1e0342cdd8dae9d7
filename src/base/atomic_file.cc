#include "base/atomic_file.h"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/hash.h"

namespace coterie {
namespace {

namespace fs = std::filesystem;

Error file_error(const char* what, const std::string& path) {
  const int code = errno;
  Error error = io_error(what).at(path);
  if (code == ENOENT || code == ENOTDIR) error.code = ErrorCode::kNotFound;
  if (code == EACCES || code == EPERM || code == EROFS) error.code = ErrorCode::kPermission;
  if (error.code == ErrorCode::kResourceExhausted) error.mend = "free space on this file system";
  if (code == EFBIG) error.mend = "raise the limit on the size of files: ulimit -f";
  return error;
}

// Closes on destruction; close() reports what the destructor cannot.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  bool ok() const { return number_ >= 0; }
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

std::string parent_of(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

// Random, not the process id alone: processes of different containers may share a folder.
std::string unique_suffix() {
  uint64_t random = 0;
  if (getrandom(&random, sizeof(random), 0) != sizeof(random)) {
    random = mix64(static_cast<uint64_t>(now_micros()) ^ static_cast<uint64_t>(getpid()) << 40);
  }
  return fmt::format("{:016x}", random);
}

// A symbolic link stays one: the file that it names is replaced.
Result<std::string> real_target(const std::string& path) {
  std::error_code code;
  if (!fs::is_symlink(path, code)) return path;
  const fs::path target = fs::weakly_canonical(path, code);
  if (code) {
    return invalid_input("cannot follow this symbolic link: " + code.message()).at(path);
  }
  return target.string();
}

// A rename would put a file in the place of a device or a pipe that others use.
Status check_replaceable(const std::string& target, const std::string& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(target, ignored);
  if (!fs::exists(status) || fs::is_regular_file(status)) return {};
  return invalid_input(fs::is_directory(status) ? "is a folder, not a file"
                                                : "is a device or a pipe, not a file")
      .at(path)
      .with_mend("name a file, or one that does not exist yet");
}

// Libraries put the path into their message.
void rename_in_message(std::string& message, const std::string& from, const std::string& to) {
  for (size_t at = message.find(from); at != std::string::npos;
       at = message.find(from, at + to.size())) {
    message.replace(at, from.size(), to);
  }
}

Status write_new_file(const std::string& path, std::string_view bytes) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file.ok()) return file_error("cannot create", path);
  while (!bytes.empty()) {
    const ssize_t written = write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error("cannot write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (!file.close()) return file_error("cannot close", path);
  return {};
}

// fsync, permissions of the file that is replaced, rename, fsync of the folder.
Status publish(const std::string& temporary, const std::string& target) {
  RETURN_IF_ERROR(sync_path(temporary));
  struct stat old{};
  if (stat(target.c_str(), &old) == 0 && S_ISREG(old.st_mode) &&
      chmod(temporary.c_str(), old.st_mode & 07777) != 0) {
    return file_error("cannot set permissions", target);
  }
  if (rename(temporary.c_str(), target.c_str()) != 0) {
    return file_error("cannot replace", target);
  }
  return sync_path(parent_of(target));
}

Result<int> open_lock(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) return file_error("cannot open the lock file", path);
  return descriptor;
}

// True if taken, false if another process holds it.
Result<bool> try_lock(int descriptor, const std::string& path) {
  int outcome = 0;
  do {
    outcome = flock(descriptor, LOCK_EX | LOCK_NB);
  } while (outcome != 0 && errno == EINTR);
  if (outcome == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  return file_error("cannot lock", path);
}

}  // namespace

Status write_file_atomic(const std::string& path, std::string_view bytes) {
  return replace_file(
      path, [&](const std::string& temporary) { return write_new_file(temporary, bytes); });
}

Result<std::string> read_file(const std::string& path, int64_t max_bytes) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return file_error("cannot read", path);
  std::string bytes;
  std::vector<char> buffer(size_t{1} << 16);
  while (true) {
    const ssize_t got = read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("cannot read", path);
    if (got == 0) return bytes;
    if (static_cast<int64_t>(bytes.size()) + got > max_bytes) {
      return invalid_input("larger than the limit of " + format_bytes(max_bytes)).at(path);
    }
    bytes.append(buffer.data(), static_cast<size_t>(got));
  }
}

Status replace_file(const std::string& path,
                    const std::function<Status(const std::string& temporary_path)>& fill) {
  ASSIGN_OR_RETURN(const std::string target, real_target(path));
  RETURN_IF_ERROR(check_replaceable(target, path));
  const fs::path folder = parent_of(target);
  const std::string temporary =
      (folder / fmt::format(".{}.{}.tmp", fs::path(target).filename().string(), unique_suffix()))
          .string();
  Status filled = fill(temporary);
  if (filled.ok()) filled = publish(temporary, target);
  if (!filled.ok()) {
    unlink(temporary.c_str());
    // The user knows the file by its own name, not by the temporary one.
    Error error = std::move(filled).error();
    if (error.file == temporary) error.file = path;
    rename_in_message(error.message, temporary, path);
    return error;
  }
  return {};
}

Status sync_path(const std::string& path) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return file_error("cannot open to flush", path);
  // Some network file systems do not know fsync of a folder and say EINVAL.
  if (fsync(file.get()) != 0 && errno != EINVAL) return file_error("cannot flush to disk", path);
  return {};
}

Status make_folders(const std::string& path) {
  std::vector<fs::path> missing;
  std::error_code code;
  for (fs::path at = fs::path(path).lexically_normal(); !at.empty() && !fs::exists(at, code);
       at = at.parent_path()) {
    if (!at.filename().empty()) missing.push_back(at);
    if (at == at.parent_path()) break;
  }
  fs::create_directories(path, code);
  if (code || !fs::is_directory(path)) {
    if (!code) code = std::make_error_code(std::errc::not_a_directory);
    errno = code.value();
    return file_error("cannot create this folder", path);
  }
  for (const fs::path& made : missing) RETURN_IF_ERROR(sync_path(parent_of(made.string())));
  return {};
}

Result<FileLock> FileLock::try_acquire(const std::string& path) {
  ASSIGN_OR_RETURN(const int descriptor, open_lock(path));
  FileLock lock(descriptor);
  ASSIGN_OR_RETURN(const bool taken, try_lock(descriptor, path));
  if (!taken) return Error(ErrorCode::kConflict, "locked by another process").at(path);
  return lock;
}

Result<FileLock> FileLock::acquire(const std::string& path) {
  ASSIGN_OR_RETURN(const int descriptor, open_lock(path));
  FileLock lock(descriptor);
  // Asked again and again instead of a blocking flock, which Ctrl-C could not end.
  for (int64_t wait_us = 200;; wait_us = std::min<int64_t>(2 * wait_us, 20'000)) {
    ASSIGN_OR_RETURN(const bool taken, try_lock(descriptor, path));
    if (taken) return lock;
    RETURN_IF_ERROR(check_cancelled());
    std::this_thread::sleep_for(std::chrono::microseconds(wait_us));
  }
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace coterie
