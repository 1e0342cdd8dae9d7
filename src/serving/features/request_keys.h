#pragma once
// From a request's columns to what a read takes: keys by entity, and the fields of requests.

#include "base/result.h"
#include "features/online/online_reader.h"
#include "serving/features/feature_request.h"
#include "serving/features/served_plan.h"

namespace coterie::serving {

// Fills the worker's keys and fields; the result views the worker and the request. An entity with
// one join key may be given by its own name, as Feast allows. kInvalidInput names column and row: a
// join key or field that is missing, or a value of a wrong type.
Result<features::ReadInput> read_input(const FeatureRequest& request, const ServedPlan& plan,
                                       const features::FeaturePlan& features, PlanWorker& worker);

// The column of a join key; null if it is not there.
const RequestColumn* join_key_column(const FeatureRequest& request, const features::Entity& entity,
                                     const std::string& join_key);

}  // namespace coterie::serving
