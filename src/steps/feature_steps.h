#pragma once
// Snapshots of features, one step an entity of the project's registry (feature_store/): the values
// of all members at the end of today, as a day of customer_user_features, article_features, ...
//
// Tables are partitioned by `feature_date`. A day is recomputed in full when a source or a meaning
// changed. The newest `features: {keep_days}` (30) days that have a snapshot stay; older ones are
// removed by the step, and can be built again at any time, as they were visible then
// (`coterie features build --date`).

#include <optional>
#include <vector>

#include "base/result.h"
#include "data/project/project.h"
#include "pipeline/step.h"

namespace coterie::steps {

// "pushed_rows", "features.customer", ... None in a project without a registry. With `day` the
// steps build that day instead of today, are called "feature_days.customer", ..., and always stale.
// kInvalidInput: the registry.
Result<std::vector<pipeline::Step>> make_feature_steps(const data::Project& project,
                                                       std::optional<int32_t> day = {});

}  // namespace coterie::steps
