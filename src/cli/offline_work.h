#pragma once
// What commands that compute features offline start from.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "cli/workspace.h"
#include "features/offline/offline_store.h"
#include "features/registry/registry.h"

namespace coterie::cli {

// The newest snapshot of a workspace, with the threads and the memory to compute with.
class OfflineWork {
 public:
  // `also` are files that the engine may touch besides the warehouse.
  static Result<OfflineWork> open(Workspace& workspace, const std::vector<std::string>& also = {});

  // Valid while this, the workspace and the registry are.
  features::OfflineContext context(const Workspace& workspace, const features::Registry& registry);
  Reader& reader() { return reader_; }

 private:
  OfflineWork(Reader reader, const Resources& resources);

  Reader reader_;
  std::unique_ptr<ThreadPool> pool_;
  int64_t memory_bytes_;
};

}  // namespace coterie::cli
