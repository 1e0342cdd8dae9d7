#include <algorithm>

#include "base/resources.h"
#include "cli/commands.h"
#include "cli/lab_text.h"
#include "lab/lab_recommend.h"
#include "lab/lab_segment.h"
#include "lab/recommend_fit.h"

namespace coterie::cli {
namespace {

// No project: the machine's limits.
Status answer(Session& session, const Result<Json>& result) {
  if (!result.ok()) return result.error();
  session.print(lab_text(*result));
  session.print_json(*result);
  return {};
}

struct RecommendState {
  lab::LabRecommendOptions options;
  int64_t resamples = 1000;
  int64_t seed = 1;
  std::vector<std::string> at;
};

// "10" and "10,20".
Result<std::vector<int>> list_lengths(const std::vector<std::string>& texts) {
  std::vector<int> lengths;
  for (const std::string& text : texts) {
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find(',', begin), text.size());
      const int64_t number = parse_count(text.substr(begin, end - begin));
      if (number < 1 || number > 10'000) {
        return invalid_input("--at '" + text + "' is not a list length from 1 to 10000")
            .with_mend("--at 10,20");
      }
      lengths.push_back(static_cast<int>(number));
      begin = end + 1;
    }
  }
  std::sort(lengths.begin(), lengths.end());
  lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
  return lengths;
}

Status run_recommend(Session& session, RecommendState state) {
  state.options.resources = detect_resources(".");
  state.options.resamples = static_cast<int>(state.resamples);
  state.options.seed = static_cast<uint64_t>(state.seed);
  if (!state.at.empty()) {
    ASSIGN_OR_RETURN(state.options.at, list_lengths(state.at));
  }
  return answer(session, lab::run_lab_recommend(state.options, session.progress()));
}

void declare_recommend(Arguments& arguments, RecommendState& state) {
  lab::LabRecommendOptions& options = state.options;
  arguments.path("--train", options.train, "FILE", "what to learn from");
  arguments.path("--test", options.test, "FILE", "what to predict");
  arguments.text("--split", options.split, "KIND",
                 "instead of --test: take the test from the training file");
  arguments.path("--items", options.items, "FILE",
                 "what items are like, for --model content, bpr and warp");
  arguments.path("--users", options.users, "FILE", "what users are like, for bpr and warp");
  arguments.choice("--model", options.model, lab::recommender_names(), "which model");
  arguments.count("--session-gap", options.session_gap,
                  "models of sequences: a longer pause ends a session, 0: none does",
                  {.max = INT32_MAX});
  arguments.texts("--set", options.settings, "NAME=VALUE", "a setting of the model");
  arguments.texts("--at", state.at, "N", "list lengths of the metrics: 10,20 unless given");
  arguments.flag("--auc", options.auc,
                 "also the area under the ROC curve: ranks all items for every user");
  arguments.count("--resamples", state.resamples,
                  "bootstrap over users for 95 % intervals, 0: none", {.max = 100'000});
  arguments.count("--seed", state.seed, "of the split and the bootstrap", {.max = INT32_MAX});
  arguments.path("--out", options.out, "FILE", "write the lists: .csv, .tsv or .parquet");
  arguments.path("--save", options.save, "DIR", "write the model");
}

Command recommend_command() {
  const auto state = std::make_shared<RecommendState>();
  return {.name = "recommend",
          .summary = "Fit a recommender on one file, rank for the users of another, measure",
          .details =
              "Files hold user, item and optionally a value and a time: .csv, .tsv, .txt, also "
              ".gz and .zst, or .parquet. All items a user does not know are ranked. Settings "
              "that are not given are chosen on a part of the training data.\n\n"
              "--split takes the test from the training file instead: time:0.2 the newest fifth; "
              "user-time:0.2 the newest fifth of every user; leave-last-out:1 the last of every "
              "user; random:0.2 any fifth; user-random:0.2 a fifth of every user; strong:0.1/0.2 "
              "a tenth of the users is hidden from training and folded in from all but a fifth of "
              "what they have. Numbers may be left out.\n\n"
              "--items is a file with a row an item: columns item, name, description, category "
              "('Women > Shirts', several divided by |), colour, price, age or created_at, lists "
              "of numbers as embeddings, and other texts as attributes. Its items are candidates "
              "too, also those that nobody has met. For bpr and warp all its columns but lists of "
              "numbers become features, as do those of --users: text, with | between several, and "
              "numbers, in bins where there are many.\n\n"
              "markov and sessionknn read the order of the times. --session-gap is in their unit, "
              "for dates in seconds.",
          .examples = {"coterie lab recommend --train train.tsv --test test.tsv --at 20",
                       "coterie lab recommend --train events.csv --split time:0.1 --auc",
                       "coterie lab recommend --train a.csv --test b.csv --set factors=128",
                       "coterie lab recommend --train a.csv --test b.csv --model content "
                       "--items items.csv"},
          .in_project = false,
          .declare = [state](Arguments& arguments) { declare_recommend(arguments, *state); },
          .run = [state](Session& session) { return run_recommend(session, *state); },
          .children = {}};
}

Command segment_command() {
  const auto options = std::make_shared<lab::LabSegmentOptions>();
  return {.name = "segment",
          .summary = "Cluster the rows of a file by its numeric columns",
          .details =
              "Every numeric column is used but ids. Settings: k, restarts, iterations, tolerance, "
              "standardise, seeding, seed, and truth=COLUMN, whose known labels are compared with. "
              "With --centres the iterations begin at the rows of that file, which has the same "
              "column names.",
          .examples = {"coterie lab segment --data customers.csv --set k=6 --out segments.csv",
                       "coterie lab segment --data new.csv --centres centres.csv "
                       "--set iterations=20 --set tolerance=0"},
          .in_project = false,
          .declare =
              [options](Arguments& arguments) {
                arguments.path("--data", options->data, "FILE", "the rows");
                arguments.choice("--model", options->model, {"kmeans"}, "which model");
                arguments.texts("--set", options->settings, "NAME=VALUE", "a setting of the model");
                arguments.path("--centres", options->centres, "FILE", "start from these centres");
                arguments.path("--centres-out", options->centres_out, "FILE",
                               "write the centres, as --centres reads them");
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
