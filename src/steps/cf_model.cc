#include "steps/cf_model.h"

#include <fmt/format.h>

#include "models/recommend/popularity.h"
#include "tuning/als_tuning.h"

namespace coterie::steps {

namespace {

// As many customers say which settings are best; more only take longer.
constexpr int32_t kTuningCustomers = 20'000;

recommend::AlsOptions als_options(const CfConfig& config) {
  recommend::AlsOptions options;
  options.factors = config.factors;
  options.sweeps = config.sweeps;
  options.frequency_exponent = config.frequency_exponent;
  options.seed = config.seed;
  if (config.unobserved_weight) options.unobserved_weight = *config.unobserved_weight;
  if (config.regularisation) options.regularisation = *config.regularisation;
  return options;
}

bool has_pairs(const math::Csr& matrix) {
  for (int32_t row = 0; row < matrix.rows; ++row) {
    if (matrix.row_indices(row).size() > 1) return true;
  }
  return false;
}

}  // namespace

Status choose_settings(CfConfig& config, const math::Csr& matrix, pipeline::StepContext& context,
                       pipeline::StepReport& report) {
  if (config.kind != "als" || (config.unobserved_weight && config.regularisation)) return {};
  recommend::AlsOptions options = als_options(config);
  if (has_pairs(matrix)) {
    const auto task = context.progress.start("choose settings", 0, "trials");
    ASSIGN_OR_RETURN(const tuning::AlsTuning tuned,
                     tuning::tune_als(matrix, options,
                                      {.choose_unobserved_weight = !config.unobserved_weight,
                                       .choose_regularisation = !config.regularisation,
                                       .max_users = kTuningCustomers,
                                       .seed = config.seed,
                                       .on_trial = [&task] { task->advance(1); }},
                                      context.pool));
    options = tuned.options;
    report.notes.push_back(
        fmt::format("chosen on a validation part: unobserved_weight {:.4g}, regularisation {:.4g} "
                    "({} trials)",
                    options.unobserved_weight, options.regularisation, tuned.trials.size()));
  }
  config.unobserved_weight = options.unobserved_weight;
  config.regularisation = options.regularisation;
  return {};
}

Result<std::unique_ptr<recommend::Als>> fit_als(const CfConfig& config, const math::Csr& matrix,
                                                const std::string& title,
                                                pipeline::StepContext& context) {
  auto model = std::make_unique<recommend::Als>(als_options(config));
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
    ASSIGN_OR_RETURN(auto model, fit_als(config, matrix, "fit", context));
    return std::unique_ptr<recommend::Recommender>(std::move(model));
  }
  auto model = std::make_unique<recommend::Popularity>();
  RETURN_IF_ERROR(model->fit(matrix, context.pool));
  return std::unique_ptr<recommend::Recommender>(std::move(model));
}

}  // namespace coterie::steps
