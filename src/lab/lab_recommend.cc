#include "lab/lab_recommend.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include <fmt/format.h>

#include "base/clock.h"
#include "evaluation/ranking.h"
#include "lab/interaction_files.h"
#include "lab/settings.h"
#include "models/recommend/als.h"
#include "models/recommend/popularity.h"
#include "tuning/als_tuning.h"

namespace coterie::lab {
namespace {

using Json = nlohmann::ordered_json;

struct Problem {
  Codes users, items;
  math::Csr train;              // users and items of the training file
  math::Csr history;            // the same with a row for every user of either file
  math::Csr test;               // all users × all items
  std::vector<int32_t> ranked;  // users of the test file
};

// Repeated pairs of a file without a value column are one interaction.
void clear_repeats(math::Csr& matrix) {
  std::fill(matrix.values.begin(), matrix.values.end(), 1.0F);
}

Result<Problem> read_problem(const LabRecommendOptions& options, data::Connection& connection,
                             ThreadPool& pool) {
  Problem problem;
  ASSIGN_OR_RETURN(const Interactions train,
                   read_interactions(connection, options.train, problem.users, problem.items));
  const auto train_users = static_cast<int32_t>(problem.users.ids.size());
  const auto train_items = static_cast<int32_t>(problem.items.ids.size());
  ASSIGN_OR_RETURN(const Interactions test,
                   read_interactions(connection, options.test, problem.users, problem.items));
  const auto all_users = static_cast<int32_t>(problem.users.ids.size());
  const auto all_items = static_cast<int32_t>(problem.items.ids.size());
  ASSIGN_OR_RETURN(problem.train, math::csr_from_entries(train_users, train_items, train.users,
                                                         train.items, train.values, pool));
  ASSIGN_OR_RETURN(problem.test, math::csr_from_entries(all_users, all_items, test.users,
                                                        test.items, test.values, pool));
  clear_repeats(problem.test);
  problem.history = problem.train;
  problem.history.rows = all_users;
  problem.history.offsets.resize(static_cast<size_t>(all_users) + 1, problem.train.entries());
  for (int32_t user = 0; user < all_users; ++user) {
    if (!problem.test.row_indices(user).empty()) problem.ranked.push_back(user);
  }
  return problem;
}

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
  const std::string solver = settings.choice("solver", "exact", {"exact", "block"});
  o.solver = solver == "block" ? recommend::AlsSolver::kBlock : recommend::AlsSolver::kExact;
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
  fitted.chosen["solver"] = o.solver == recommend::AlsSolver::kBlock ? "block" : "exact";
  fitted.chosen["seed"] = o.seed;
  fitted.model = std::move(model);
  return fitted;
}

Status write_lists(const LabRecommendOptions& options, const Problem& problem,
                   const math::TopK& lists, data::Connection& connection) {
  ASSIGN_OR_RETURN(const std::string format, copy_format_of(options.out));
  RETURN_IF_ERROR(
      connection.execute("CREATE TEMP TABLE lab_lists (\"user\" VARCHAR, item VARCHAR, \"rank\" "
                         "INTEGER, score FLOAT)"));
  ASSIGN_OR_RETURN(data::Appender appender, connection.append_to("lab_lists"));
  for (size_t i = 0; i < problem.ranked.size(); ++i) {
    const auto list = lists.list(static_cast<int64_t>(i));
    for (size_t r = 0; r < list.size(); ++r) {
      RETURN_IF_ERROR(appender.add(std::string_view(problem.users.ids[problem.ranked[i]])));
      RETURN_IF_ERROR(appender.add(std::string_view(problem.items.ids[list[r]])));
      RETURN_IF_ERROR(appender.add(static_cast<int32_t>(r + 1)));
      const auto score = lists.scores[i * static_cast<size_t>(lists.k) + r];
      RETURN_IF_ERROR(appender.add(static_cast<double>(score)));
      RETURN_IF_ERROR(appender.end_row());
    }
  }
  RETURN_IF_ERROR(appender.close());
  return connection.execute(
      fmt::format("COPY lab_lists TO {} {}", data::quote_text(options.out), format));
}

Status check_request(const LabRecommendOptions& options) {
  if (options.at.empty()) return invalid_input("--at needs at least one number");
  for (const int k : options.at) {
    if (k < 1 || k > 10'000) {
      return invalid_input(fmt::format("--at {} is not from 1 to 10000", k));
    }
  }
  if (options.out.empty()) return {};
  return copy_format_of(options.out).ok() ? Status() : Status(copy_format_of(options.out).error());
}

Json report_json(const evaluation::RankingReport& report) {
  Json json;
  for (const auto& [name, value] : report.metrics) json["metrics"][name] = value;
  for (const auto& [name, interval] : report.intervals) {
    json["intervals"][name] = {interval.low, interval.high};
  }
  json["users"] = report.users;
  json["users_without_test"] = report.users_without_test;
  return json;
}

}  // namespace

Result<Json> run_lab_recommend(const LabRecommendOptions& options, Progress& progress) {
  RETURN_IF_ERROR(check_request(options));
  ASSIGN_OR_RETURN(Settings settings, Settings::parse(options.settings));
  data::EngineOptions engine_options;
  engine_options.threads = options.resources.threads;
  engine_options.memory_bytes = std::max<int64_t>(options.resources.memory_bytes / 2, 1 << 28);
  ASSIGN_OR_RETURN(data::Engine engine, data::Engine::open(engine_options));
  ASSIGN_OR_RETURN(data::Connection connection, engine.connect());
  ThreadPool pool(std::max(1, options.resources.threads));
  ASSIGN_OR_RETURN(const Problem problem, read_problem(options, connection, pool));
  if (options.model != "als" && options.model != "popularity") {
    return invalid_input(fmt::format("unknown model '{}'", options.model))
        .with_mend("use als or popularity");
  }
  auto fitting = options.model == "als" ? fit_als(problem, settings, progress, pool)
                                        : fit_popularity(problem, settings, pool);
  if (!fitting.ok()) return std::move(fitting).error();
  const Fitted fitted = *std::move(fitting);
  const Stopwatch watch;
  const int k = *std::max_element(options.at.begin(), options.at.end());
  ASSIGN_OR_RETURN(const math::TopK lists,
                   fitted.model->recommend(problem.ranked, problem.history, {.k = k}, pool));
  const double recommend_seconds = watch.seconds();
  evaluation::RankingOptions ranking;
  ranking.at = options.at;
  ranking.resamples = options.resamples;
  ASSIGN_OR_RETURN(const auto report, evaluation::evaluate_ranking(lists, problem.ranked,
                                                                   problem.test, ranking, pool));
  if (!options.out.empty()) {
    RETURN_IF_ERROR(write_lists(options, problem, lists, connection));
  }
  if (!options.save.empty()) RETURN_IF_ERROR(fitted.model->save(options.save));
  Json json = report_json(report);
  json["users_without_test"] =
      static_cast<int64_t>(problem.users.ids.size() - problem.ranked.size());
  json["tune_seconds"] = fitted.tune_seconds;
  json["fit_seconds"] = fitted.fit_seconds;
  json["recommend_seconds"] = recommend_seconds;
  json["peak_rss_mb"] = static_cast<double>(peak_rss_bytes()) / 1048576.0;
  json["chosen"] = fitted.chosen;
  return json;
}

}  // namespace coterie::lab
