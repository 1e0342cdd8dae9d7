#include "lab/recommend_fit.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "models/recommend/popularity.h"

namespace coterie::lab {
namespace {

Result<Fitted> fit_popularity(const math::Csr& train, ThreadPool& pool) {
  Fitted fitted;
  const Stopwatch watch;
  fitted.model = std::make_unique<recommend::Popularity>();
  RETURN_IF_ERROR(fitted.model->fit(train, pool));
  fitted.fit_seconds = watch.seconds();
  return fitted;
}

Result<FitRequest> read_als_settings(Settings& settings) {
  FitRequest request;
  recommend::AlsOptions& o = request.als;
  o.factors = static_cast<int>(settings.integer("factors", o.factors));
  request.tuning.choose_unobserved_weight = !settings.has("w0");
  request.tuning.choose_regularisation = !settings.has("regularisation");
  o.unobserved_weight = settings.real("w0", o.unobserved_weight);
  o.regularisation = settings.real("regularisation", o.regularisation);
  o.frequency_exponent = settings.real("frequency_exponent", o.frequency_exponent);
  o.sweeps = static_cast<int>(settings.integer("sweeps", o.sweeps));
  o.block = static_cast<int>(settings.integer("block", o.block));
  const std::string solver =
      settings.choice("solver", recommend::solver_name(o.solver), recommend::solver_names());
  o.solver = recommend::solver_of_name(solver);
  o.cg_steps = static_cast<int>(settings.integer("cg_steps", o.cg_steps));
  o.seed = static_cast<uint64_t>(settings.integer("seed", 1));
  request.tuning.seed = o.seed;
  RETURN_IF_ERROR(settings.finish());
  RETURN_IF_ERROR(recommend::check_options(o));
  return request;
}

Result<Fitted> fit_als(const FitRequest& request, const math::Csr& train, Progress& progress,
                       ThreadPool& pool) {
  Fitted fitted;
  recommend::AlsOptions o = request.als;
  const bool tune = request.tuning.choose_unobserved_weight || request.tuning.choose_regularisation;
  if (tune) {
    const Stopwatch watch;
    ASSIGN_OR_RETURN(const auto tuned, tuning::tune_als(train, o, request.tuning, pool));
    o = tuned.options;
    fitted.tune_seconds = watch.seconds();
    fitted.chosen["trials"] = tuned.trials.size();
    progress.print(fmt::format("chose w0 = {:.4g} and regularisation = {:.4g} in {} trials, {}",
                               o.unobserved_weight, o.regularisation, tuned.trials.size(),
                               format_duration(fitted.tune_seconds)));
  }
  const auto task = progress.start("fit", o.sweeps, "sweeps");
  const Stopwatch watch;
  auto model = std::make_unique<recommend::Als>(o);
  model->set_progress(task.get());
  RETURN_IF_ERROR(model->fit(train, pool));
  model->set_progress(nullptr);
  fitted.fit_seconds = watch.seconds();
  fitted.chosen["factors"] = o.factors;
  fitted.chosen["w0"] = o.unobserved_weight;
  fitted.chosen["regularisation"] = o.regularisation;
  fitted.chosen["frequency_exponent"] = o.frequency_exponent;
  fitted.chosen["sweeps"] = o.sweeps;
  fitted.chosen["solver"] = recommend::solver_name(o.solver);
  if (o.solver == recommend::AlsSolver::kConjugateGradient) fitted.chosen["cg_steps"] = o.cg_steps;
  if (o.solver == recommend::AlsSolver::kBlock) fitted.chosen["block"] = o.block;
  fitted.chosen["seed"] = o.seed;
  fitted.model = std::move(model);
  return fitted;
}

}  // namespace

Result<FitRequest> read_fit_request(const std::string& model, Settings& settings) {
  FitRequest request;
  if (model == "als") {
    ASSIGN_OR_RETURN(request, read_als_settings(settings));
  } else if (model == "popularity") {
    RETURN_IF_ERROR(settings.finish());
  } else {
    return invalid_input(fmt::format("unknown model '{}'", model))
        .with_mend("use als or popularity");
  }
  request.model = model;
  return request;
}

Result<Fitted> fit_recommender(const FitRequest& request, const math::Csr& train,
                               Progress& progress, ThreadPool& pool) {
  return request.model == "als" ? fit_als(request, train, progress, pool)
                                : fit_popularity(train, pool);
}

}  // namespace coterie::lab
