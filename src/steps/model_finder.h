#pragma once
// Trained models of a project for features that are made of them.

#include <string>

#include "data/warehouse/snapshot.h"
#include "features/offline/model_artefacts.h"

namespace coterie::steps {

// Looks into `project_folder`/models when it is asked; the snapshot, which says what is finished,
// outlives it.
features::ModelFinder model_finder(std::string project_folder, const data::Snapshot& snapshot);

}  // namespace coterie::steps
