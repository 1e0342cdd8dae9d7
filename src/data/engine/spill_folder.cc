#include <atomic>
#include <filesystem>
#include <string>
#include <system_error>

#include <unistd.h>

#include "data/engine/engine_internal.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockSuffix = ".lock";

// Removes folders whose engine is gone. A lock that can be taken belongs to nobody.
void remove_dead_folders(const std::string& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    const std::string lock_path = entry.path().string();
    if (!lock_path.ends_with(kLockSuffix) ||
        !entry.path().filename().string().starts_with("spill-"))
      continue;
    const auto lock = FileLock::try_acquire(lock_path);
    if (!lock.ok()) continue;
    fs::remove_all(lock_path.substr(0, lock_path.size() - kLockSuffix.size()), ignored);
    fs::remove(lock_path, ignored);
  }
}

}  // namespace

Result<SpillFolder> SpillFolder::create(const std::string& parent) {
  static std::atomic<int> counter{0};
  RETURN_IF_ERROR(make_folders(parent));
  // Held while folders are made and removed: a folder just made must not look dead.
  ASSIGN_OR_RETURN(const FileLock guard, FileLock::acquire(parent + "/spill.guard"));
  remove_dead_folders(parent);
  const std::string path =
      parent + "/spill-" + std::to_string(getpid()) + "-" + std::to_string(counter++);
  const std::string lock_path = path + std::string(kLockSuffix);
  ASSIGN_OR_RETURN(FileLock lock, FileLock::try_acquire(lock_path));
  RETURN_IF_ERROR(make_folders(path));
  return SpillFolder(path, lock_path, std::move(lock));
}

SpillFolder::~SpillFolder() {
  if (!lock_) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  fs::remove(lock_path_, ignored);
}

}  // namespace coterie::data
