#include "lab/lab_recommend.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/text_map.h"
#include "evaluation/ranking.h"
#include "lab/file_formats.h"
#include "lab/item_files.h"
#include "lab/recommend_fit.h"
#include "lab/recommend_problem.h"
#include "lab/settings.h"

namespace coterie::lab {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kAreaBlock = 512;  // users whose whole lists are held at once

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
  if (options.at.empty()) return invalid_input("--at needs at least one number");
  for (const int k : options.at) {
    if (k < 1 || k > 10'000) {
      return invalid_input(fmt::format("--at {} is not from 1 to 10000", k));
    }
  }
  RETURN_IF_ERROR(check_writable("--out", options.out,
                                 {options.train, options.test, options.items, options.users}));
  RETURN_IF_ERROR(check_folder("--save", options.save));
  if (options.split.empty()) return std::optional<SplitRequest>();
  ASSIGN_OR_RETURN(SplitRequest split, parse_split(options.split));
  split.seed = options.seed;
  return std::optional<SplitRequest>(std::move(split));
}

const recommend::OrderedHistory* order_of(const Problem& problem) {
  return problem.order ? &*problem.order : nullptr;
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
                     model.recommend(block, problem.history,
                                     {.k = problem.train.cols, .order = order_of(problem)}, pool));
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
  if (problem.features != nullptr) {
    json["user_features"] = problem.features->users.cols;
    json["item_features"] = problem.features->items.cols;
  }
  return json;
}

// The file's rows under the codes of the training items.
Result<std::shared_ptr<const recommend::ContentBlocks>> content_of(const ItemFile& file,
                                                                   const Problem& problem,
                                                                   const std::string& path) {
  TextMap<int32_t> row_of;
  for (size_t row = 0; row < file.ids.size(); ++row) {
    row_of.emplace(file.ids[row], static_cast<int32_t>(row));
  }
  std::vector<int32_t> rows;
  for (int32_t item = 0; item < problem.train.cols; ++item) {
    const auto found = row_of.find(problem.items[item]);
    rows.push_back(found == row_of.end() ? -1 : found->second);
  }
  auto blocks = recommend::encode_content(reordered(file.content, rows));
  if (!blocks.ok()) return std::move(blocks).error().at(path);
  if (!(*blocks)->blocks.empty()) return blocks;
  return invalid_input("nothing tells one item from another")
      .at(path)
      .with_mend("give a column with names, descriptions, categories, attributes or prices");
}

// Ids that are written otherwise than in the interactions are met by nobody.
Status check_coverage(const Coverage& coverage, const char* what, const std::string& path,
                      Progress& progress) {
  if (path.empty() || coverage.described == coverage.all) return {};
  if (coverage.described > 0) {
    progress.print(fmt::format("{} of {} {} of training are in {}", coverage.described,
                               coverage.all, what, path));
    return {};
  }
  return invalid_input(fmt::format("has none of the {} {} of training", coverage.all, what))
      .at(path)
      .with_mend("write ids as the interactions do, and check which column holds them");
}

}  // namespace

Result<Json> run_lab_recommend(const LabRecommendOptions& options, Progress& progress) {
  ASSIGN_OR_RETURN(const auto split, check_request(options));
  ASSIGN_OR_RETURN(Settings settings, Settings::parse(options.settings));
  ASSIGN_OR_RETURN(FitRequest request, read_fit_request(options.model, settings));
  if (request.needs_content() && options.items.empty()) {
    return invalid_input(fmt::format("{} needs to know what items are like", options.model))
        .with_mend("name a file of items with --items FILE");
  }
  const bool reads_features = request.kind != nullptr && request.kind->reads_features;
  if (!options.users.empty() && !reads_features) {
    return invalid_input(fmt::format("{} does not learn from what users are like", options.model))
        .for_key("--users")
        .with_mend("leave it out, or choose --model bpr or warp");
  }
  request.kind_tuning.make.memory_bytes = options.resources.memory_bytes;
  data::EngineOptions engine_options;
  engine_options.threads = std::max(1, options.resources.threads);
  engine_options.memory_bytes = std::max<int64_t>(options.resources.memory_bytes / 2, 1 << 28);
  ASSIGN_OR_RETURN(data::Engine engine, data::Engine::open(engine_options));
  ASSIGN_OR_RETURN(data::Connection connection, engine.connect());
  ThreadPool pool(std::max(1, options.resources.threads));
  ItemFile items;
  if (!options.items.empty() && !reads_features) {
    ASSIGN_OR_RETURN(items, read_items(connection, options.items));
  }
  const FeatureFiles features{.users = options.users, .items = reads_features ? options.items : ""};
  const ProblemOptions wanted{.ordered = request.kind != nullptr && request.kind->reads_order,
                              .session_gap = options.session_gap,
                              .catalogue = items.ids};
  ASSIGN_OR_RETURN(const Problem problem, read_problem(connection, options.train, options.test,
                                                       split, wanted, features, pool));
  RETURN_IF_ERROR(check_coverage(problem.users_described, "users", options.users, progress));
  RETURN_IF_ERROR(check_coverage(problem.items_described, "items", options.items, progress));
  request.kind_tuning.order = order_of(problem);
  request.kind_tuning.make.features = problem.features;
  if (!items.ids.empty()) {
    ASSIGN_OR_RETURN(request.kind_tuning.make.content, content_of(items, problem, options.items));
  }
  ASSIGN_OR_RETURN(const Fitted fitted, fit_recommender(request, problem.train, progress, pool));
  const Stopwatch watch;
  const int k = *std::max_element(options.at.begin(), options.at.end());
  ASSIGN_OR_RETURN(const math::TopK lists,
                   fitted.model->recommend(problem.ranked, problem.history,
                                           {.k = k, .order = order_of(problem)}, pool));
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
