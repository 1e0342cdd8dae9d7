#pragma once
// How good is a segmentation: against known labels, and by itself.

#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/threads.h"

namespace coterie::evaluation {

// Adjusted Rand index (Hubert and Arabie 1985): 1 for equal partitions whatever the labels' names,
// 0 in the mean for random ones, and 1 when both are trivial. Labels are any non-negative numbers.
// Error kInvalidInput for lengths that differ, nothing to compare or negative labels.
Result<double> adjusted_rand(std::span<const int32_t> a, std::span<const int32_t> b);

struct SilhouetteOptions {
  int64_t sample = 2000;  // rows drawn without replacement; fewer rows are all used
  uint64_t seed = 1;
};
// Mean silhouette (Rousseeuw 1987) of a sample of rows by Euclidean distance within the sample, in
// [-1, 1]; rows that are alone in their cluster count 0. values: rows × columns, row-major.
// O(sample² · columns). Error kInvalidInput for sizes that do not fit or fewer than two clusters in
// the sample. Deterministic for any number of threads.
Result<double> silhouette(std::span<const float> values, int64_t rows, int columns,
                          std::span<const int32_t> labels, const SilhouetteOptions& options,
                          ThreadPool& pool);

}  // namespace coterie::evaluation
