#include "pipeline/run_lock.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.h"

namespace coterie::pipeline {

std::string private_folder(const std::string& project_folder) {
  return project_folder + "/.coterie";
}

Result<RunLock> RunLock::acquire(const std::string& project_folder, const std::string& holder) {
  const std::string folder = private_folder(project_folder);
  RETURN_IF_ERROR(make_folders(folder));
  const std::string owner_file = folder + "/run.owner";
  auto lock = FileLock::try_acquire(folder + "/run.lock");
  if (!lock.ok()) {
    if (lock.error().code != ErrorCode::kConflict) return std::move(lock).error();
    // The owner is written just after the lock is taken: it may be missing for an instant.
    const auto owner = read_file(owner_file);
    return Error{ErrorCode::kConflict, fmt::format("this project is being changed by {}",
                                                   owner.ok() ? *owner : "another process")}
        .at(project_folder)
        .with_mend("wait until it is done, or stop it; reading commands work meanwhile");
  }
  RETURN_IF_ERROR(write_file_atomic(owner_file, fmt::format("'{}' (process {}, since {})", holder,
                                                            getpid(), format_utc(now_micros()))));
  return RunLock(*std::move(lock));
}

}  // namespace coterie::pipeline
