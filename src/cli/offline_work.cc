#include "cli/offline_work.h"

#include <utility>

#include "pipeline/runner.h"
#include "steps/model_finder.h"

namespace coterie::cli {

OfflineWork::OfflineWork(Reader reader, const Resources& resources)
    : reader_(std::move(reader)),
      pool_(std::make_unique<ThreadPool>(resources.threads)),
      memory_bytes_(pipeline::memory_beside_engine(resources)) {}

Result<OfflineWork> OfflineWork::open(Workspace& workspace, const std::vector<std::string>& also) {
  ASSIGN_OR_RETURN(Reader reader, Reader::open(workspace, false, also));
  return OfflineWork(std::move(reader), workspace.share.current());
}

features::OfflineContext OfflineWork::context(const Workspace& workspace,
                                              const features::Registry& registry) {
  return {.project = workspace.project,
          .registry = registry,
          .snapshot = reader_.snapshot,
          .connection = reader_.connection,
          .pool = *pool_,
          .memory_bytes = memory_bytes_,
          .find_model = steps::model_finder(workspace.project.folder, reader_.snapshot)};
}

}  // namespace coterie::cli
