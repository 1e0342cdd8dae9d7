#pragma once
// Fitting the recommender that a configuration asks for.

#include <memory>
#include <string>

#include "base/result.h"
#include "math/sparse.h"
#include "models/recommend/recommender.h"
#include "pipeline/step.h"
#include "steps/model_config.h"

namespace coterie::steps {

// Settings that are `auto` become numbers, chosen on a validation part of `matrix`
// (tuning/als_tuning.h, tuning/recommender_kinds.h), with a note of what was chosen. Without
// anything to validate on they are the model's own defaults.
Status choose_settings(CfConfig& config, const math::Csr& matrix, pipeline::StepContext& context,
                       pipeline::StepReport& report);

// The recommender of config.kind. Settings must be numbers: call choose_settings() first.
Result<std::unique_ptr<recommend::Recommender>> fit_recommender(const CfConfig& config,
                                                                const math::Csr& matrix,
                                                                const std::string& title,
                                                                pipeline::StepContext& context);

}  // namespace coterie::steps
