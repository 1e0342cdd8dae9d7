#pragma once
// The steps of a project, from its configuration: the one place that names them all. What its
// sources do not give switches steps off while running, not here.

#include <vector>

#include "base/result.h"
#include "data/project/project.h"
#include "pipeline/step.h"

namespace coterie::steps {

// Errors: kInvalidInput for a section of coterie.yaml that a step refuses.
Result<std::vector<pipeline::Step>> project_steps(const data::Project& project);

}  // namespace coterie::steps
