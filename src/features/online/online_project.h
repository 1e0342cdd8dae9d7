#pragma once
// Where a project keeps its online state: the event log in `events/` of its folder, checkpoints
// and records in the `online_store` of coterie.yaml, under the project's name.

#include <string>

#include "base/result.h"
#include "data/project/project.h"
#include "features/online/log_retention.h"
#include "features/online/materialize.h"
#include "features/online/online_store.h"

namespace coterie::features {

std::string event_log_folder(const data::Project& project);
OnlineConfig online_config(const data::Project& project);
MaterializeConfig materialize_config(const data::Project& project);
// Of which the caller sets `loaded` and `keep`.
RetentionConfig retention_config(const data::Project& project);

// The features that are kept online: `online: true`, and not of a model's vectors; in the
// registry's order. Whoever keeps online state compiles these, all of them, so that all agree on
// what is kept.
std::vector<const FeatureDefinition*> online_features(const Registry& registry);

}  // namespace coterie::features
