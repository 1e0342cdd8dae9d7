#include "lab/recommend_fit.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

// "auto" leaves a setting to be chosen.
void read_setting(const tuning::Setting& setting, Settings& settings,
                  tuning::SettingValues& given) {
  if (!settings.has(setting.key) || settings.text(setting.key, "") == "auto") return;
  if (!setting.choices.empty()) {
    const std::string choice =
        settings.choice(setting.key, setting.choices.front(), setting.choices);
    given[setting.key] =
        static_cast<double>(std::find(setting.choices.begin(), setting.choices.end(), choice) -
                            setting.choices.begin());
  } else if (setting.whole) {
    given[setting.key] =
        static_cast<double>(settings.integer(setting.key, static_cast<int64_t>(setting.initial())));
  } else {
    given[setting.key] = settings.real(setting.key, setting.initial());
  }
}

Result<FitRequest> read_kind_settings(const tuning::RecommenderKind& kind, Settings& settings) {
  FitRequest request;
  request.kind = &kind;
  for (const tuning::Setting& setting : kind.settings) {
    read_setting(setting, settings, request.given);
  }
  RETURN_IF_ERROR(settings.finish());
  for (const tuning::Setting& setting : kind.settings) {
    const auto found = request.given.find(setting.key);
    if (found == request.given.end()) continue;
    if (found->second >= setting.low && found->second <= setting.high) continue;
    return invalid_input(fmt::format("{} = {} is out of range", setting.key, found->second))
        .for_key(setting.key)
        .with_mend(fmt::format("use a value from {} to {}", setting.low, setting.high));
  }
  return request;
}

std::string chosen_text(const FitRequest& request, const tuning::KindTuning& tuned) {
  std::vector<std::string> parts;
  for (const tuning::Setting& setting : request.kind->settings) {
    if (request.given.contains(setting.key) || setting.fallback) continue;
    parts.push_back(
        fmt::format("{} = {}", setting.key, setting.text(tuned.values.at(setting.key))));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

Result<Fitted> fit_kind(const FitRequest& request, const math::Csr& train, Progress& progress,
                        ThreadPool& pool) {
  const tuning::RecommenderKind& kind = *request.kind;
  Fitted fitted;
  const Stopwatch tune_watch;
  ASSIGN_OR_RETURN(const auto tuned,
                   tuning::tune_kind(kind, request.given, train, request.kind_tuning, pool));
  fitted.tune_seconds = tune_watch.seconds();
  if (tuned.unjudged) {
    progress.print(fmt::format("no user has two interactions to choose settings by: {}",
                               chosen_text(request, tuned)));
  } else if (!tuned.trials.empty()) {
    progress.print(fmt::format("chose {} in {} trials, {}", chosen_text(request, tuned),
                               tuned.trials.size(), format_duration(fitted.tune_seconds)));
  }
  if (!tuned.trials.empty()) fitted.chosen["trials"] = tuned.trials.size();
  for (const tuning::Setting& setting : kind.settings) {
    const double value = tuned.values.at(setting.key);
    if (setting.choices.empty()) {
      fitted.chosen[setting.key] = value;
    } else {
      fitted.chosen[setting.key] = setting.text(value);
    }
  }
  const Stopwatch watch;
  fitted.model = kind.make(tuned.values, request.kind_tuning.make);
  const recommend::OrderedHistory* order = request.kind_tuning.order;
  RETURN_IF_ERROR(order != nullptr ? fitted.model->fit_in_order(train, *order, pool)
                                   : fitted.model->fit(train, pool));
  fitted.fit_seconds = watch.seconds();
  return fitted;
}

// "als+gfcf".
Result<std::vector<tuning::Recipe>> read_members(const std::string& text) {
  const std::vector<std::string> valid = tuning::member_names();
  std::vector<tuning::Recipe> members;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('+', begin), text.size());
    const std::string name = text.substr(begin, end - begin);
    begin = end + 1;
    if (std::ranges::find(valid, name) == valid.end()) {
      return invalid_input(fmt::format("'{}' cannot be a member of a hybrid", name))
          .for_key("members")
          .with_mend(fmt::format("join some of {} by +", fmt::join(valid, ", ")));
    }
    if (std::ranges::find(members, name, &tuning::Recipe::name) != members.end())
      return invalid_input(fmt::format("member '{}' is named twice", name)).for_key("members");
    members.push_back({.name = name});
  }
  return members;
}

Result<FitRequest> read_hybrid_settings(Settings& settings) {
  FitRequest request;
  tuning::HybridRecipe recipe;
  const std::string members = settings.text("members", "auto");
  const std::vector<std::string> modes = tuning::hybrid_mode_names();
  recipe.mode = static_cast<tuning::HybridMode>(
      std::ranges::find(modes, settings.choice("mode", modes.front(), modes)) - modes.begin());
  recipe.options.depth = static_cast<int>(settings.integer("depth", recipe.options.depth));
  request.kind_tuning.seed = static_cast<uint64_t>(settings.integer("seed", 1));
  RETURN_IF_ERROR(settings.finish());
  RETURN_IF_ERROR(recommend::check_depth(recipe.options.depth));
  if (members != "auto") {
    ASSIGN_OR_RETURN(recipe.members, read_members(members));
  }
  request.hybrid = std::move(recipe);
  return request;
}

nlohmann::ordered_json bands_json(const tuning::HybridRecipe& recipe) {
  auto bands = nlohmann::ordered_json::array();
  for (const recommend::HybridBand& band : recipe.options.bands) {
    nlohmann::ordered_json weights;
    for (size_t m = 0; m < recipe.members.size(); ++m)
      weights[recipe.members[m].name] = band.weights[m];
    bands.push_back({{"history_from", band.from}, {"weights", std::move(weights)}});
  }
  return bands;
}

Result<Fitted> fit_hybrid(const FitRequest& request, const math::Csr& train, Progress& progress,
                          ThreadPool& pool) {
  Fitted fitted;
  const Stopwatch tune_watch;
  ASSIGN_OR_RETURN(const tuning::HybridTuning tuned,
                   tuning::tune_hybrid(*request.hybrid, train, request.kind_tuning, pool));
  fitted.tune_seconds = tune_watch.seconds();
  for (const auto& member : tuned.tried) fitted.chosen["members_tried"][member.name] = member.score;
  fitted.chosen["score"] = tuned.score;
  fitted.chosen["mode"] = tuning::hybrid_mode_names()[static_cast<size_t>(tuned.recipe.mode)];
  fitted.chosen["depth"] = tuned.recipe.options.depth;
  fitted.chosen["bands"] = bands_json(tuned.recipe);
  progress.print(tuned.unjudged
                     ? "no user has two interactions to choose weights by: all are the same"
                     : fmt::format("chose {} in {}", fitted.chosen["bands"].dump(),
                                   format_duration(fitted.tune_seconds)));
  const Stopwatch watch;
  fitted.model = tuning::make_hybrid(tuned.recipe, request.kind_tuning.make);
  RETURN_IF_ERROR(fitted.model->fit(train, pool));
  fitted.fit_seconds = watch.seconds();
  return fitted;
}

}  // namespace

bool FitRequest::needs_content() const {
  if (!hybrid) return tuning::reads_content(model);
  return std::ranges::any_of(hybrid->members, [](const tuning::Recipe& member) {
    return tuning::reads_content(member.name);
  });
}

std::vector<std::string> recommender_names() {
  std::vector<std::string> names = tuning::recipe_names();
  names.emplace_back("hybrid");
  return names;
}

Result<FitRequest> read_fit_request(const std::string& model, Settings& settings) {
  FitRequest request;
  if (model == "als") {
    ASSIGN_OR_RETURN(request, read_als_settings(settings));
  } else if (model == "popularity") {
    RETURN_IF_ERROR(settings.finish());
  } else if (model == "hybrid") {
    ASSIGN_OR_RETURN(request, read_hybrid_settings(settings));
  } else if (const tuning::RecommenderKind* kind = tuning::find_kind(model); kind != nullptr) {
    ASSIGN_OR_RETURN(request, read_kind_settings(*kind, settings));
  } else {
    return invalid_input(fmt::format("unknown model '{}'", model))
        .with_mend(fmt::format("use one of {}", fmt::join(recommender_names(), ", ")));
  }
  request.model = model;
  return request;
}

Result<Fitted> fit_recommender(const FitRequest& request, const math::Csr& train,
                               Progress& progress, ThreadPool& pool) {
  if (request.hybrid) return fit_hybrid(request, train, progress, pool);
  if (request.kind != nullptr) return fit_kind(request, train, progress, pool);
  return request.model == "als" ? fit_als(request, train, progress, pool)
                                : fit_popularity(train, pool);
}

}  // namespace coterie::lab
