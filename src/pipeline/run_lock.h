#pragma once
// One run at a time in a project. The lock is the operating system's, so it goes with its process;
// reading (coterie sql, tables, show) never needs it.

#include <string>

#include "base/atomic_file.h"
#include "base/result.h"

namespace coterie::pipeline {

class RunLock {
 public:
  // `holder` is what another process is told: "coterie run". Error kConflict says who holds it,
  // since when and how to wait.
  static Result<RunLock> acquire(const std::string& project_folder, const std::string& holder);

 private:
  explicit RunLock(FileLock lock) : lock_(std::move(lock)) {}
  FileLock lock_;
};

// `project_folder`/.coterie: locks, shares and temporary files; safe to delete when nothing runs.
std::string private_folder(const std::string& project_folder);

}  // namespace coterie::pipeline
