#include "lab/lab_recommend.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include <fmt/format.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "evaluation/ranking.h"
#include "lab/file_formats.h"
#include "lab/recommend_problem.h"
#include "lab/settings.h"
#include "models/recommend/als.h"
#include "models/recommend/popularity.h"
#include "tuning/als_tuning.h"

namespace coterie::lab {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kAreaBlock = 512;  // users whose whole lists are held at once

struct Fitted {
  std::unique_ptr<recommend::Recommender> model;
  Json chosen = Json::object();
  double tune_seconds = 0;
  double fit_seconds = 0;
};

Result<Fitted> fit_popularity(const Problem& problem, Settings& settings, ThreadPool& pool) {
  RETURN_IF_ERROR(settings.finish());
  Fitted fitted;
  const Stopwatch watch;
  fitted.model = std::make_unique<recommend::Popularity>();
  RETURN_IF_ERROR(fitted.model->fit(problem.train, pool));
  fitted.fit_seconds = watch.seconds();
  return fitted;
}

struct AlsRequest {
  recommend::AlsOptions options;
  tuning::AlsTuningOptions tuning;
};

Result<AlsRequest> read_als_settings(Settings& settings) {
  AlsRequest request;
  recommend::AlsOptions& o = request.options;
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

Result<Fitted> fit_als(const Problem& problem, Settings& settings, Progress& progress,
                       ThreadPool& pool) {
  ASSIGN_OR_RETURN(AlsRequest request, read_als_settings(settings));
  Fitted fitted;
  recommend::AlsOptions& o = request.options;
  const bool tune = request.tuning.choose_unobserved_weight || request.tuning.choose_regularisation;
  if (tune) {
    const Stopwatch watch;
    ASSIGN_OR_RETURN(const auto tuned, tuning::tune_als(problem.train, o, request.tuning, pool));
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
  RETURN_IF_ERROR(model->fit(problem.train, pool));
  model->set_progress(nullptr);
  fitted.fit_seconds = watch.seconds();
  fitted.chosen["factors"] = o.factors;
  fitted.chosen["w0"] = o.unobserved_weight;
  fitted.chosen["regularisation"] = o.regularisation;
  fitted.chosen["frequency_exponent"] = o.frequency_exponent;
  fitted.chosen["sweeps"] = o.sweeps;
  fitted.chosen["solver"] = recommend::solver_name(o.solver);
  fitted.chosen["seed"] = o.seed;
  fitted.model = std::move(model);
  return fitted;
}

Status write_lists(const std::string& path, const Problem& problem, const math::TopK& lists,
                   data::Connection& connection) {
  const char* columns = "\"user\" VARCHAR, item VARCHAR, \"rank\" INTEGER, score FLOAT";
  return write_table(connection, columns, path, [&](data::Appender& appender) -> Status {
    for (size_t i = 0; i < problem.ranked.size(); ++i) {
      const auto list = lists.list(static_cast<int64_t>(i));
      for (size_t r = 0; r < list.size(); ++r) {
        RETURN_IF_ERROR(appender.add(std::string_view(problem.users[problem.ranked[i]])));
        RETURN_IF_ERROR(appender.add(std::string_view(problem.items[list[r]])));
        RETURN_IF_ERROR(appender.add(static_cast<int32_t>(r + 1)));
        const auto score = lists.scores[i * static_cast<size_t>(lists.k) + r];
        RETURN_IF_ERROR(appender.add(static_cast<double>(score)));
        RETURN_IF_ERROR(appender.end_row());
      }
    }
    return {};
  });
}

Result<std::optional<SplitRequest>> check_request(const LabRecommendOptions& options) {
  if (options.train.empty()) {
    return invalid_input("nothing to learn from").with_mend("name a file with --train FILE");
  }
  if (options.test.empty() == options.split.empty()) {
    return invalid_input(options.test.empty() ? "nothing to predict"
                                              : "--test and --split exclude each other")
        .with_mend("either --test FILE, or --split KIND to take the test from the training file");
  }
  if (options.model != "als" && options.model != "popularity") {
    return invalid_input(fmt::format("unknown model '{}'", options.model))
        .with_mend("use als or popularity");
  }
  if (options.at.empty()) return invalid_input("--at needs at least one number");
  for (const int k : options.at) {
    if (k < 1 || k > 10'000) {
      return invalid_input(fmt::format("--at {} is not from 1 to 10000", k));
    }
  }
  RETURN_IF_ERROR(check_writable("--out", options.out, {options.train, options.test}));
  if (options.split.empty()) return std::optional<SplitRequest>();
  ASSIGN_OR_RETURN(SplitRequest split, parse_split(options.split));
  split.seed = options.seed;
  return std::optional<SplitRequest>(std::move(split));
}

// Every user's whole list, a block of users at a time.
Result<std::vector<double>> measure_areas(const recommend::Recommender& model,
                                          const Problem& problem, Progress& progress,
                                          ThreadPool& pool) {
  const auto users = static_cast<int64_t>(problem.ranked.size());
  const auto task = progress.start("auc", users, "users");
  std::vector<double> areas;
  for (int64_t first = 0; first < users; first += kAreaBlock) {
    RETURN_IF_ERROR(check_cancelled());
    const auto block = std::span(problem.ranked)
                           .subspan(static_cast<size_t>(first),
                                    static_cast<size_t>(std::min(kAreaBlock, users - first)));
    ASSIGN_OR_RETURN(const math::TopK lists,
                     model.recommend(block, problem.history, {.k = problem.train.cols}, pool));
    ASSIGN_OR_RETURN(const auto part,
                     evaluation::areas_under_curve(lists, block, problem.test, pool));
    areas.insert(areas.end(), part.begin(), part.end());
    task->advance(static_cast<int64_t>(block.size()));
  }
  return areas;
}

Json split_json(const std::optional<SplitRequest>& split, const Problem& problem) {
  Json json;
  json["kind"] = split ? split->name : "given";
  if (split && split->kind == SplitKind::kLeaveLastOut) {
    json["count"] = split->count;
  } else if (split) {
    if (split->kind == SplitKind::kStrong) json["user_share"] = split->user_share;
    json["share"] = split->share;
    json["seed"] = split->seed;
  }
  json["train_pairs"] = problem.train_pairs;
  if (problem.history_pairs > 0) json["history_pairs"] = problem.history_pairs;
  json["test_pairs"] = problem.test_pairs;
  if (split) json["repeated_pairs_left_out"] = problem.repeated_pairs;
  json["train_users"] = problem.train.rows;
  json["train_items"] = problem.train.cols;
  return json;
}

Json report_json(const evaluation::RankingReport& report, const Problem& problem) {
  Json json;
  for (const auto& [name, value] : report.metrics) json["metrics"][name] = value;
  for (const auto& [name, interval] : report.intervals) {
    json["intervals"][name] = {interval.low, interval.high};
  }
  json["users"] = report.users;
  json["users_without_test"] = problem.users_without_test;
  json["new_users"] = problem.new_users;
  return json;
}

Result<Fitted> fit_model(const LabRecommendOptions& options, const Problem& problem,
                         Settings& settings, Progress& progress, ThreadPool& pool) {
  return options.model == "als" ? fit_als(problem, settings, progress, pool)
                                : fit_popularity(problem, settings, pool);
}

}  // namespace

Result<Json> run_lab_recommend(const LabRecommendOptions& options, Progress& progress) {
  ASSIGN_OR_RETURN(const auto split, check_request(options));
  ASSIGN_OR_RETURN(Settings settings, Settings::parse(options.settings));
  data::EngineOptions engine_options;
  engine_options.threads = std::max(1, options.resources.threads);
  engine_options.memory_bytes = std::max<int64_t>(options.resources.memory_bytes / 2, 1 << 28);
  ASSIGN_OR_RETURN(data::Engine engine, data::Engine::open(engine_options));
  ASSIGN_OR_RETURN(data::Connection connection, engine.connect());
  ThreadPool pool(std::max(1, options.resources.threads));
  ASSIGN_OR_RETURN(const Problem problem,
                   read_problem(connection, options.train, options.test, split, pool));
  ASSIGN_OR_RETURN(const Fitted fitted, fit_model(options, problem, settings, progress, pool));
  const Stopwatch watch;
  const int k = *std::max_element(options.at.begin(), options.at.end());
  ASSIGN_OR_RETURN(const math::TopK lists,
                   fitted.model->recommend(problem.ranked, problem.history, {.k = k}, pool));
  const double recommend_seconds = watch.seconds();
  std::vector<double> areas;
  if (options.auc) {
    ASSIGN_OR_RETURN(areas, measure_areas(*fitted.model, problem, progress, pool));
  }
  const evaluation::RankingOptions ranking{
      .at = options.at, .resamples = options.resamples, .areas = areas, .seed = options.seed};
  ASSIGN_OR_RETURN(const auto report, evaluation::evaluate_ranking(lists, problem.ranked,
                                                                   problem.test, ranking, pool));
  if (!options.out.empty()) {
    RETURN_IF_ERROR(write_lists(options.out, problem, lists, connection));
  }
  if (!options.save.empty()) RETURN_IF_ERROR(fitted.model->save(options.save));
  Json json = report_json(report, problem);
  json["split"] = split_json(split, problem);
  json["tune_seconds"] = fitted.tune_seconds;
  json["fit_seconds"] = fitted.fit_seconds;
  json["recommend_seconds"] = recommend_seconds;
  json["peak_rss_mb"] = static_cast<double>(peak_rss_bytes()) / 1048576.0;
  json["chosen"] = fitted.chosen;
  return json;
}

}  // namespace coterie::lab
