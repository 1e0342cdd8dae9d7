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

Result<std::unique_ptr<recommend::Als>> fit_als(const CfConfig& config, const math::Csr& matrix,
                                                const std::string& title,
                                                pipeline::StepContext& context);

// The recommender of config.kind.
Result<std::unique_ptr<recommend::Recommender>> fit_recommender(const CfConfig& config,
                                                                const math::Csr& matrix,
                                                                pipeline::StepContext& context);

}  // namespace coterie::steps
