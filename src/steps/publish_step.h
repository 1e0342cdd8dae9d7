#pragma once
// The outputs into the company's own PostgreSQL (`publish:` in coterie.yaml), so that other teams
// only read tables. The last step: it reads whatever datasets, segments, recommendations and checks
// the other steps have written, and is stale when one of them changed or when it is to go to
// another server or schema. A run of selected steps publishes only if this one is selected too
// (`--select models.segments+`), and then every output there is, so that the database is always one
// version of the warehouse. A server that does not answer fails this step alone: all the others
// have committed, and the next run publishes what they made.

#include <string>
#include <vector>

#include "pipeline/step.h"

namespace coterie::steps {

// Publishes what `steps` write; `roles`, the company's own data, are not written back to it.
pipeline::Step make_publish_step(const data::Project& project,
                                 const std::vector<pipeline::Step>& steps,
                                 const std::vector<std::string>& roles);

}  // namespace coterie::steps
