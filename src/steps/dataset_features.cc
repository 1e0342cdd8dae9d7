#include "steps/dataset_features.h"

#include <vector>

#include "features/offline/snapshot_build.h"
#include "features/offline/source_schemas.h"
#include "features/registry/registry.h"

namespace coterie::steps {
namespace {

Status evaluate(const FeatureEvaluation& evaluation, const data::FeatureTask& task) {
  ASSIGN_OR_RETURN(const features::Registry registry,
                   features::Registry::parse({{"dataset_c.yaml", task.registry}}));
  features::OfflineContext context{.project = evaluation.project,
                                   .registry = registry,
                                   .snapshot = task.snapshot,
                                   .connection = task.connection,
                                   .pool = evaluation.pool,
                                   .memory_bytes = evaluation.memory_bytes,
                                   .of_project = false};
  for (const features::Source& source : registry.sources()) {
    ASSIGN_OR_RETURN(
        context.source_rows[source.name],
        task.connection.scalar_int("SELECT count(*) FROM " + features::base_relation(source)));
  }
  std::vector<const features::FeatureDefinition*> wanted;
  for (const std::string& name : task.features) wanted.push_back(registry.feature(name));
  ASSIGN_OR_RETURN(features::SnapshotBuild build,
                   features::SnapshotBuild::open(context, registry.entities().front(),
                                                 std::move(wanted), task.day));
  ASSIGN_OR_RETURN([[maybe_unused]] const int64_t rows, build.write(task.path, {}));
  return {};
}

}  // namespace

data::EvaluateFeatures feature_evaluator(const FeatureEvaluation& evaluation) {
  return [evaluation](const data::FeatureTask& task) { return evaluate(evaluation, task); };
}

}  // namespace coterie::steps
