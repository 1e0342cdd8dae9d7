#pragma once
// The data contract as a step: it stops the run on findings of level error, before anything is
// learned from the data. Writes `data_checks`, a row a finding.

#include "data/check/check.h"
#include "pipeline/step.h"

namespace coterie::steps {

// `roles`: the tables that the project's sources may fill.
pipeline::Step make_check_step(const data::Project& project, const std::vector<std::string>& roles);

}  // namespace coterie::steps
