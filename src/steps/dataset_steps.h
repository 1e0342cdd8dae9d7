#pragma once
// Datasets A to F as steps, one each.

#include <string>
#include <vector>

#include "pipeline/step.h"

namespace coterie::steps {

// "datasets.a" … "datasets.f". `roles`: the tables that the project's sources may fill. A dataset
// whose roles are all absent finishes without a table, and what reads it is off.
std::vector<pipeline::Step> make_dataset_steps(const data::Project& project,
                                               const std::vector<std::string>& roles);

}  // namespace coterie::steps
