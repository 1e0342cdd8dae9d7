#pragma once
// One process at a time builds a generation of the online state, or removes events of the log that
// a generation might be replayed from.

#include <string>

#include "base/atomic_file.h"
#include "base/result.h"

namespace coterie::features {

// kConflict: another process has it. `log_folder` exists.
inline Result<FileLock> take_build_lock(const std::string& log_folder) {
  auto lock = FileLock::try_acquire(log_folder + "/materialize.lock");
  if (lock.ok() || lock.error().code != ErrorCode::kConflict) return lock;
  return Error{ErrorCode::kConflict, "another process builds this online store, or trims its log"}
      .at(log_folder)
      .with_mend("wait for it, or stop it");
}

}  // namespace coterie::features
