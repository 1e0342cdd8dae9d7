#pragma once
// Customers as rows of numbers for clustering: recency, frequency and money from dataset C, with
// what else it tells (order value, tenure, engagement). In a project without purchases: recency,
// articles met and interest an article, from dataset A. Without these either: recency, active days,
// events an active day and tenure, from the role events or sessions.
//
// Each feature is log(1 + x), standardised over customers with a recency, and weighted; a missing
// optional value is the mean (0). Customers who never bought (met, did) anything have no row.

#include <array>
#include <cstdint>
#include <functional>
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

// Creates the temporary view `profiles` on `connection`: dataset C with recency and frequency as
// the basis understands them, and what else its features name. Says which basis it is.
struct ProfileSources {
  bool interactions = false;  // dataset A is attached too
  // The SELECT of data::customer_activity_sql(), or ""; asked where nobody bought or met anything.
  std::function<Result<std::string>()> activity;
};
Result<SegmentBasis> make_profiles(data::Connection& connection, const ProfileSources& sources);

// In a fixed order.
std::vector<SegmentFeature> segment_features(SegmentBasis basis);

// Reads `profiles`. Constant features stay, as zeros.
Result<SegmentTable> read_segment_table(data::Connection& connection,
                                        const std::vector<SegmentFeature>& features);

// Mean of each feature over the rows of each segment, back in standard deviations.
std::vector<SegmentTraits> segment_traits(const SegmentTable& table,
                                          const std::vector<int32_t>& segments, int count);

}  // namespace coterie::steps
