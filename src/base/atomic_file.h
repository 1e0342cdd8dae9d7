#pragma once
// Files that exist whole or not at all: written beside their place, fsynced, renamed, folder
// synced.

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace coterie {

Status write_file_atomic(const std::string& path, std::string_view bytes);
Result<std::string> read_file(const std::string& path, int64_t max_bytes = int64_t{1} << 30);
// Lets `fill` create content at a temporary path on the same file system, then fsyncs and renames
// it to `path`. The temporary file is removed on any error.
Status replace_file(const std::string& path,
                    const std::function<Status(const std::string& temporary_path)>& fill);
// fsync of a file or folder by path.
Status sync_path(const std::string& path);
Status make_folders(const std::string& path);

// An advisory exclusive lock (flock) on `path`, created if absent; released on destruction and when
// the process dies.
class FileLock {
 public:
  static Result<FileLock> acquire(const std::string& path);
  // nullopt-like: ok() false with kConflict when another process holds it.
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
