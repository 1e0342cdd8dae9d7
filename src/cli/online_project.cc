#include "cli/online_project.h"

#include "cli/offline_work.h"
#include "features/offline/offline_store.h"
#include "features/online/online_project.h"
#include "features/registry/history.h"
#include "pipeline/run_lock.h"

namespace coterie::cli {

Result<OnlineProject> OnlineProject::open(const Session& session, const std::string& role) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, role));
  const std::string& folder = workspace.project.folder;
  ASSIGN_OR_RETURN(features::Registry loaded, features::load_with_history(folder));
  auto registry = std::make_unique<const features::Registry>(std::move(loaded));
  const auto online = features::online_features(*registry);
  if (online.empty()) {
    return not_found("the registry has no online feature")
        .with_mend("define features in feature_store/, see docs/reference/features.md");
  }
  ASSIGN_OR_RETURN(OfflineWork work, OfflineWork::open(workspace));
  const features::OfflineContext context = work.context(workspace, *registry);
  ASSIGN_OR_RETURN(features::OfflinePlan compiled, features::OfflinePlan::open(context, online));
  ASSIGN_OR_RETURN(features::FittedSet fitted, features::read_fitted(work.reader().snapshot));
  auto plan = std::make_unique<const features::FeaturePlan>(std::move(compiled.plan));
  return OnlineProject{.workspace = std::move(workspace),
                       .registry = std::move(registry),
                       .plan = std::move(plan),
                       .fitted = std::move(fitted),
                       .zone = std::move(compiled.timezone)};
}

std::string served_sample_file(const data::Project& project) {
  return pipeline::private_folder(project.folder) + "/skew/served.jsonl";
}

}  // namespace coterie::cli
