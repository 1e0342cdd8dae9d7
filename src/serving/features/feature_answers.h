#pragma once
// Answers of the feature server, written from the values of a read.

#include <string>
#include <string_view>

#include "base/clock.h"
#include "events/event.h"
#include "serving/features/feature_request.h"
#include "serving/features/served_plan.h"
#include "serving/features/vector_json.h"

namespace coterie::serving {

// {"metadata": {"feature_names": [...]}, "results": [{"values", "statuses", "event_timestamps"}]}:
// join keys first, in the request's order, then the features asked for. Appends.
void write_feature_major(const FeatureRequest& request, const ServedPlan& plan,
                         const PlanWorker& worker, TimeTexts& times, std::string& out);

// {"entity", "id", "as_of", "features": {name: value}, "statuses": {name: status}}. Appends.
struct EntityAnswer {
  std::string_view entity;
  std::string_view id;
  Micros as_of = 0;
};
void write_entity(const EntityAnswer& answer, const ServedPlan& plan, const PlanWorker& worker,
                  std::string& out);

// A line of the SkewLog (skew_log.h) about one row of the values. Appends.
struct SampleMoment {
  Micros at = 0;
  events::Offset log_offset = 0;
  int64_t row = 0;
};
void write_sample(const SampleMoment& moment, const ServedPlan& plan, const PlanWorker& worker,
                  std::string& out);

}  // namespace coterie::serving
