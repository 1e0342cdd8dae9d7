#pragma once
// Fitting the recommender that a configuration asks for.

#include <memory>
#include <string>

#include "base/result.h"
#include "math/sparse.h"
#include "models/recommend/als.h"
#include "pipeline/step.h"
#include "steps/model_config.h"

namespace coterie::steps {

// Settings that are `auto` become numbers, chosen on a validation part of `matrix`
// (tuning/als_tuning.h), with a note of what was chosen. Without anything to validate on they are
// ALS's own defaults.
Status choose_settings(CfConfig& config, const math::Csr& matrix, pipeline::StepContext& context,
                       pipeline::StepReport& report);

// Settings must be numbers: call choose_settings() first.
Result<std::unique_ptr<recommend::Als>> fit_als(const CfConfig& config, const math::Csr& matrix,
                                                const std::string& title,
                                                pipeline::StepContext& context);

// The recommender of config.kind.
Result<std::unique_ptr<recommend::Recommender>> fit_recommender(const CfConfig& config,
                                                                const math::Csr& matrix,
                                                                pipeline::StepContext& context);

}  // namespace coterie::steps
