#pragma once
// Customer segments: k-means on the customers' profile (segment_features.h), named by rules
// (segment_names.h). Writes
//   customer_segments          customer_id, segment_id, segment_name, recency, frequency, monetary
//   customer_segment_profiles  one row a segment: its name, what it means, size, medians
// Segments are numbered by size, largest first, so that equal data gives equal numbers. Customers
// who never bought are one more segment, "No purchases yet". A project without any purchases has
// its customers clustered by their other interactions with articles, else by how active they are
// (SegmentBasis); with none of these there is one segment, and the step says what is lacking.

#include <vector>

#include "pipeline/step.h"
#include "steps/model_config.h"

namespace coterie::steps {

// `roles`: those that the project has.
pipeline::Step make_segments_step(const SegmentsConfig& config,
                                  const std::vector<std::string>& roles);

}  // namespace coterie::steps
