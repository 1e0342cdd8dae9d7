#pragma once
// Customers as rows of numbers for clustering: recency, frequency and money from dataset C, with
// what else it tells (order value, tenure, engagement).
//
// Each feature is log(1 + x), standardised over customers with a purchase, and weighted; a missing
// optional value is the mean (0). Customers without any purchase or event have no row.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "steps/segment_names.h"

namespace coterie::steps {

struct SegmentFeature {
  std::string name;   // "recency"
  std::string sql;    // over facts.dataset_c_customers
  double weight = 1;  // of the standardised value in the distance
  double mean = 0;    // of log(1 + x)
  double deviation = 0;
};

struct SegmentTable {
  std::vector<SegmentFeature> features;  // those that the data has
  std::vector<int32_t> customers;        // codes, ascending
  std::vector<float> values;             // customers × features, row-major
};

// The features that these columns of dataset C allow, in a fixed order.
std::vector<SegmentFeature> segment_features(const std::vector<std::string>& columns);

// Reads facts.dataset_c_customers. Constant features stay, as zeros.
Result<SegmentTable> read_segment_table(data::Connection& connection,
                                        const std::vector<SegmentFeature>& features);

// Mean of each feature over the rows of each segment, back in standard deviations.
std::vector<SegmentTraits> segment_traits(const SegmentTable& table,
                                          const std::vector<int32_t>& segments, int count);

}  // namespace coterie::steps
