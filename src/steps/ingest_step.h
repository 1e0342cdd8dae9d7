#pragma once
// Ingest as a step: the sources of coterie.yaml become role tables, in one commit. Stale when the
// files, the watermarks or the settings of a source changed.

#include "pipeline/step.h"

namespace coterie::steps {

pipeline::Step make_ingest_step(const data::Project& project);

// Error kInvalidInput if a source matches a file below truth/: what was planted in a synthetic
// world must stay unknown to everything that learns from it.
Status refuse_truth(const data::Project& project);

}  // namespace coterie::steps
