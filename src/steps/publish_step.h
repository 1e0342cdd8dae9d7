#pragma once
// The outputs into the company's own PostgreSQL (`publish:` in coterie.yaml), so that other teams
// only read tables.

#include <vector>

#include "pipeline/step.h"

namespace coterie::steps {

// Publishes the datasets, segments and recommendations that `steps` write.
pipeline::Step make_publish_step(const data::Project& project,
                                 const std::vector<pipeline::Step>& steps);

}  // namespace coterie::steps
