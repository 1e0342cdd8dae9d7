#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/resources.h"
#include "cli/commands.h"
#include "cli/text_table.h"
#include "lab/lab_recommend.h"
#include "lab/lab_segment.h"

namespace coterie::cli {
namespace {

// Numbers to four digits, everything else as JSON writes it.
std::string value_text(const Json& value) {
  if (value.is_number_float()) return fmt::format("{:.4f}", value.get<double>());
  if (value.is_string()) return value.get<std::string>();
  return dump_json(value);
}

// One line a member; members of the inner objects below it, indented.
std::string answer_text(const Json& answer) {
  std::string text;
  for (const auto& [key, value] : answer.items()) {
    if (value.is_object()) {
      text += key + "\n";
      for (const auto& [name, inner] : value.items()) {
        text += fmt::format("  {:<24} {}\n", name, value_text(inner));
      }
    } else if (value.is_array()) {
      text += key + "\n";
      for (const Json& item : value) text += "  " + value_text(item) + "\n";
    } else {
      text += fmt::format("{:<26} {}\n", key, value_text(value));
    }
  }
  return text;
}

// No project: the machine's limits.
Status answer(Session& session, const Result<Json>& result) {
  if (!result.ok()) return result.error();
  session.print(answer_text(*result));
  session.print_json(*result);
  return {};
}

struct RecommendState {
  lab::LabRecommendOptions options;
  int64_t resamples = 0;
  std::vector<std::string> at;
};

Status run_recommend(Session& session, RecommendState state) {
  state.options.resources = detect_resources(".");
  state.options.resamples = static_cast<int>(state.resamples);
  if (!state.at.empty()) state.options.at.clear();
  for (const std::string& length : state.at) {
    const int64_t number = parse_count(length);
    if (number < 1 || number > 100'000) {
      return invalid_input("--at '" + length + "' is not a list length").with_mend("--at 10");
    }
    state.options.at.push_back(static_cast<int>(number));
  }
  return answer(session, lab::run_lab_recommend(state.options, session.progress()));
}

Command recommend_command() {
  const auto state = std::make_shared<RecommendState>();
  return {.name = "recommend",
          .summary = "Fit a recommender on one file, rank for the users of another, measure",
          .details =
              "Files hold user, item and optionally a value and a time: .csv, .tsv, .txt, "
              "also .gz and .zst, or .parquet. All items a user does not know are ranked. "
              "Settings that are not given are chosen on a part of the training file.",
          .examples = {"coterie lab recommend --train train.tsv --test test.tsv --at 20",
                       "coterie lab recommend --train a.csv --test b.csv --set factors=128"},
          .in_project = false,
          .declare =
              [state](Arguments& arguments) {
                lab::LabRecommendOptions& options = state->options;
                arguments.path("--train", options.train, "FILE", "what to learn from");
                arguments.path("--test", options.test, "FILE", "what to predict");
                arguments.choice("--model", options.model, {"als", "popularity"}, "which model");
                arguments.texts("--set", options.settings, "NAME=VALUE", "a setting of the model");
                arguments.texts("--at", state->at, "N", "list length of the metrics (10 and 20)");
                arguments.count("--resamples", state->resamples,
                                "bootstrap over users for 95 % intervals", {.max = 100'000});
                arguments.path("--out", options.out, "FILE", "write the lists: .csv or .parquet");
                arguments.path("--save", options.save, "DIR", "write the model");
              },
          .run = [state](Session& session) { return run_recommend(session, *state); },
          .children = {}};
}

Command segment_command() {
  const auto options = std::make_shared<lab::LabSegmentOptions>();
  return {.name = "segment",
          .summary = "Cluster the rows of a file by its numeric columns",
          .details = "With --set truth=COLUMN that column holds known labels to compare with.",
          .examples = {"coterie lab segment --data customers.csv --set k=6 --out segments.csv"},
          .in_project = false,
          .declare =
              [options](Arguments& arguments) {
                arguments.path("--data", options->data, "FILE", "the rows");
                arguments.choice("--model", options->model, {"kmeans"}, "which model");
                arguments.texts("--set", options->settings, "NAME=VALUE", "a setting of the model");
                arguments.path("--out", options->out, "FILE", "write row and segment");
                arguments.path("--save", options->save, "DIR", "write the model");
              },
          .run =
              [options](Session& session) {
                options->resources = detect_resources(".");
                return answer(session, lab::run_lab_segment(*options, session.progress()));
              },
          .children = {}};
}

}  // namespace

Command make_lab_command() {
  return {.name = "lab",
          .summary = "The algorithms on plain files, without a project",
          .details = "",
          .examples = {"coterie lab recommend --train train.tsv --test test.tsv"},
          .in_project = false,
          .declare = nullptr,
          .run = nullptr,
          .children = {recommend_command(), segment_command()}};
}

}  // namespace coterie::cli
