#pragma once
// Loads rows that were pushed to the feature server into the warehouse (features/offline/
// pushed_rows.h). In projects with a registry; stale when the event log has grown.

#include <memory>

#include "data/project/project.h"
#include "features/registry/registry.h"
#include "pipeline/step.h"

namespace coterie::steps {

inline constexpr const char* kPushedStep = "pushed_rows";

pipeline::Step make_pushed_step(std::shared_ptr<const features::Registry> registry,
                                const std::vector<std::string>& roles);

}  // namespace coterie::steps
