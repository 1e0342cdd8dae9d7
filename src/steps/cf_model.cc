#include "steps/cf_model.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/recommend/als.h"
#include "models/recommend/popularity.h"
#include "steps/interactions.h"
#include "tuning/als_tuning.h"
#include "tuning/recommender_kinds.h"

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

Status choose_als_settings(CfConfig& config, const math::Csr& matrix,
                           pipeline::StepContext& context, pipeline::StepReport& report) {
  if (config.unobserved_weight && config.regularisation) return {};
  recommend::AlsOptions options = als_options(config);
  if (tuning::anything_to_hold_out(matrix)) {
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

tuning::MakeOptions make_options(const TrainingData& data, const pipeline::StepContext& context) {
  return {.memory_bytes = context.resources.memory_bytes, .content = data.content};
}

Status choose_kind_settings(CfConfig& config, const tuning::RecommenderKind& kind,
                            const TrainingData& data, pipeline::StepContext& context,
                            pipeline::StepReport& report) {
  const auto task = context.progress.start("choose settings", 0, "trials");
  ASSIGN_OR_RETURN(const tuning::KindTuning tuned,
                   tuning::tune_kind(kind, config.settings, data.matrix,
                                     {.max_users = kTuningCustomers,
                                      .seed = config.seed,
                                      .order = data.order_or_null(),
                                      .make = make_options(data, context),
                                      .on_trial = [&task] { task->advance(1); }},
                                     context.pool));
  if (!tuned.trials.empty()) {
    std::vector<std::string> parts;
    for (const tuning::Setting& setting : kind.settings) {
      if (config.settings.contains(setting.key) || setting.fallback) continue;
      parts.push_back(
          fmt::format("{} {}", setting.key, setting.text(tuned.values.at(setting.key))));
    }
    report.notes.push_back(fmt::format("chosen on a validation part: {} ({} trials)",
                                       fmt::join(parts, ", "), tuned.trials.size()));
  }
  config.settings = tuned.values;
  return {};
}

std::string weights_text(const tuning::HybridRecipe& recipe) {
  std::string text;
  for (const recommend::HybridBand& band : recipe.options.bands) {
    if (band.from > 0) text += fmt::format("; from {} interactions on ", band.from);
    std::vector<std::string> parts;
    for (size_t m = 0; m < recipe.members.size(); ++m) {
      if (band.weights[m] > 0)
        parts.push_back(fmt::format("{} {:.4g}", recipe.members[m].name, band.weights[m]));
    }
    text += fmt::format("{}", fmt::join(parts, ", "));
  }
  return text;
}

Status choose_hybrid(CfConfig& config, const TrainingData& data, pipeline::StepContext& context,
                     pipeline::StepReport& report) {
  if (!config.hybrid->options.bands.empty()) return {};
  const auto task = context.progress.start("choose settings", 0, "trials");
  ASSIGN_OR_RETURN(tuning::HybridTuning tuned,
                   tuning::tune_hybrid(*config.hybrid, data.matrix,
                                       {.max_users = kTuningCustomers,
                                        .seed = config.seed,
                                        .make = make_options(data, context),
                                        .on_trial = [&task] { task->advance(1); }},
                                       context.pool));
  if (!tuned.unjudged) {
    std::vector<std::string> alone;
    for (const auto& member : tuned.tried)
      alone.push_back(fmt::format("{} {:.4f}", member.name, member.score));
    report.notes.push_back(
        fmt::format("chosen on a validation part: weights {} (NDCG@10 there {:.4f}; alone {})",
                    weights_text(tuned.recipe), tuned.score, fmt::join(alone, ", ")));
  }
  config.hybrid = std::move(tuned.recipe);
  return {};
}

Result<std::unique_ptr<recommend::Recommender>> fit_als(const CfConfig& config,
                                                        const math::Csr& matrix,
                                                        const std::string& title,
                                                        pipeline::StepContext& context) {
  auto model = std::make_unique<recommend::Als>(als_options(config));
  const auto task = context.progress.start(title, config.sweeps, "sweeps");
  model->set_progress(task.get());
  const Status fitted = model->fit(matrix, context.pool);
  model->set_progress(nullptr);
  RETURN_IF_ERROR(fitted);
  return std::unique_ptr<recommend::Recommender>(std::move(model));
}

}  // namespace

bool needs_content(const CfConfig& config) {
  if (!config.hybrid) return tuning::reads_content(config.kind);
  return std::ranges::any_of(config.hybrid->members, [](const tuning::Recipe& member) {
    return tuning::reads_content(member.name);
  });
}

bool reads_order(const std::string& kind) {
  const tuning::RecommenderKind* found = tuning::find_kind(kind);
  return found != nullptr && found->reads_order;
}

std::string pair_value_sql(const CfConfig& config, const std::string& score) {
  // Nothing is so old that it would be nothing: confidences are greater than 0.
  if (tuning::reads_content(config.kind)) return fmt::format("greatest(1e-30, {})", score);
  return confidence_sql(score);
}

Status choose_settings(CfConfig& config, const TrainingData& data, pipeline::StepContext& context,
                       pipeline::StepReport& report) {
  if (config.kind == "als") return choose_als_settings(config, data.matrix, context, report);
  if (config.hybrid) return choose_hybrid(config, data, context, report);
  const tuning::RecommenderKind* kind = tuning::find_kind(config.kind);
  if (kind == nullptr) return {};
  return choose_kind_settings(config, *kind, data, context, report);
}

Result<std::unique_ptr<recommend::Recommender>> fit_recommender(const CfConfig& config,
                                                                const TrainingData& data,
                                                                const std::string& title,
                                                                pipeline::StepContext& context) {
  if (config.kind == "als") return fit_als(config, data.matrix, title, context);
  const tuning::RecommenderKind* kind = tuning::find_kind(config.kind);
  std::unique_ptr<recommend::Recommender> model;
  if (config.hybrid) {
    model = tuning::make_hybrid(*config.hybrid, make_options(data, context));
  } else if (kind != nullptr) {
    model = kind->make(config.settings, make_options(data, context));
  } else {
    model = std::make_unique<recommend::Popularity>();
  }
  const auto task = context.progress.start(title, 0, "");
  RETURN_IF_ERROR(data.order ? model->fit_in_order(data.matrix, *data.order, context.pool)
                             : model->fit(data.matrix, context.pool));
  return model;
}

}  // namespace coterie::steps
