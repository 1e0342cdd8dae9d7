#pragma once
// The features of dataset C for the builds of the data layer, which lies below them.

#include <cstdint>

#include "base/threads.h"
#include "data/datasets/dataset.h"
#include "data/project/project.h"

namespace coterie::steps {

// What the evaluation may use. References outlive the function.
struct FeatureEvaluation {
  const data::Project& project;
  ThreadPool& pool;
  int64_t memory_bytes = int64_t{1} << 30;  // for events, beside the engine's
};

// Evaluates a registry of one entity as a snapshot (features/offline/snapshot_build.h), apart from
// the project's own registry: names may stand in both. Sources are counted before they are read.
data::EvaluateFeatures feature_evaluator(const FeatureEvaluation& evaluation);

}  // namespace coterie::steps
