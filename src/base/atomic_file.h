#pragma once
// Files that exist whole or not at all: written beside their place, fsynced, renamed, folder
// synced. Errors carry the path: kNotFound, kPermission, kResourceExhausted (full disk or quota),
// else kIo. A process killed half-way leaves at most a hidden ".<name>.<random>.tmp" beside the
// untouched old file. All functions are thread-safe.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace coterie {

Status write_file_atomic(const std::string& path, std::string_view bytes);
// The whole file; kInvalidInput if it has more than `max_bytes`.
Result<std::string> read_file(const std::string& path, int64_t max_bytes = int64_t{1} << 30);
// Lets `fill` create content at a temporary path on the same file system, then fsyncs and renames
// it to `path`. The temporary file is removed on any error. A file that is replaced gives its
// permissions to the new one; a symbolic link stays and the file it names is replaced. What is no
// regular file (a folder, a device, a pipe) is never replaced: kInvalidInput before `fill` runs.
Status replace_file(const std::string& path,
                    const std::function<Status(const std::string& temporary_path)>& fill);
// fsync of a file or folder by path.
Status sync_path(const std::string& path);
// The folder and its missing parents, durable on return. No error if it exists.
Status make_folders(const std::string& path);

// An advisory exclusive lock (flock) on `path`, created if absent; released on destruction and when
// the process dies. It belongs to the open file: a second lock of one path in one process waits,
// too.
class FileLock {
 public:
  // Waits; kCancelled when Ctrl-C comes meanwhile.
  static Result<FileLock> acquire(const std::string& path);
  // nullopt-like: ok() false with kConflict when somebody else holds it.
  static Result<FileLock> try_acquire(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace coterie
