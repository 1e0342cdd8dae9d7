#include "steps/cf_model.h"

#include "models/recommend/popularity.h"

namespace coterie::steps {

Result<std::unique_ptr<recommend::Als>> fit_als(const CfConfig& config, const math::Csr& matrix,
                                                const std::string& title,
                                                pipeline::StepContext& context) {
  auto model = std::make_unique<recommend::Als>(
      recommend::AlsOptions{.factors = config.factors,
                            .unobserved_weight = config.unobserved_weight,
                            .regularisation = config.regularisation,
                            .frequency_exponent = config.frequency_exponent,
                            .sweeps = config.sweeps,
                            .seed = config.seed});
  const auto task = context.progress.start(title, config.sweeps, "sweeps");
  model->set_progress(task.get());
  const Status fitted = model->fit(matrix, context.pool);
  model->set_progress(nullptr);
  RETURN_IF_ERROR(fitted);
  return model;
}

Result<std::unique_ptr<recommend::Recommender>> fit_recommender(const CfConfig& config,
                                                                const math::Csr& matrix,
                                                                pipeline::StepContext& context) {
  if (config.kind == "als") {
    ASSIGN_OR_RETURN(auto model, fit_als(config, matrix, "factors", context));
    return std::unique_ptr<recommend::Recommender>(std::move(model));
  }
  auto model = std::make_unique<recommend::Popularity>();
  RETURN_IF_ERROR(model->fit(matrix, context.pool));
  return std::unique_ptr<recommend::Recommender>(std::move(model));
}

}  // namespace coterie::steps
