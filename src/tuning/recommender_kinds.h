#pragma once
// The recommenders whose settings are data: one table that the laboratory (`--set`), the project
// (`models.cf`) and the choice of settings share.
//
// A setting without a value of its own is chosen from `tried` on a validation part of the training
// data; the same starting points and the same choices for every data set.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "math/sparse.h"
#include "models/recommend/feature_matrices.h"
#include "models/recommend/item_content.h"
#include "models/recommend/recommender.h"

namespace coterie::tuning {

struct Setting {
  std::string key;
  double low = 0;
  double high = 0;
  bool whole = false;                // a whole number
  std::vector<std::string> choices;  // if not empty, values are places in it
  std::optional<double> fallback;    // unset: chosen
  std::vector<double> tried;         // what it is chosen from: ascending unless `choices`
  bool try_all = false;              // not only neighbours: there may be several peaks
  size_t start = 0;                  // in `tried`: where the search begins

  double initial() const { return fallback ? *fallback : tried[start]; }
  std::string text(double value) const;  // as a user writes it
};

using SettingValues = std::map<std::string, double>;

struct MakeOptions {
  int64_t memory_bytes = INT64_MAX;  // models that would need more refuse, with an estimate
  // What items are like, for kinds that need it: of as many items as the interactions have.
  std::shared_ptr<const recommend::ContentBlocks> content = {};
  // Of the users and items of the interactions, for kinds that read them; null: none.
  std::shared_ptr<const recommend::FeatureMatrices> features = nullptr;
};

struct RecommenderKind {
  std::string name;
  std::vector<Setting> settings;
  // Settings are judged on this many of the most popular items at most: for models whose cost
  // grows with the cube of the items.
  int32_t items_to_judge = INT32_MAX;
  // Share of every user's interactions that is held out. More where what suits best changes with
  // how much of the data is missing.
  double held_out = 0.1;
  // Lists of at most so many users are judged: fewer where a list takes long.
  int32_t users_to_judge = INT32_MAX;
  bool needs_content = false;  // MakeOptions::content
  // Whether a setting could change anything; null: all do.
  std::function<bool(const std::string& key, const MakeOptions& options)> matters = nullptr;
  // So many parts, each drawn anew, whose mean is the score: more for what is fitted in no time.
  int parts = 1;
  bool reads_features = false;
  bool reads_order = false;  // when what was met; judged on every user's newest interactions then
  // `values` holds every setting.
  std::function<std::unique_ptr<recommend::Recommender>(const SettingValues& values,
                                                        const MakeOptions& options)>
      make;
};

const std::vector<RecommenderKind>& recommender_kinds();
const RecommenderKind* find_kind(const std::string& name);  // null if there is none

struct KindTrial {
  SettingValues values;
  double score = 0;
};

struct KindTuning {
  SettingValues values;  // every setting: given, chosen or fallback
  std::vector<KindTrial> trials;
  double score = 0;
  // Nothing could be held out: what was to be chosen has its initial value.
  bool unjudged = false;
};

struct KindTuningOptions {
  int32_t max_users = 50'000;   // a random sample of users stands for more
  int32_t max_judged = 10'000;  // of them, evenly, whose lists are judged
  int max_trials = 60;
  uint64_t seed = 1;
  // When what was met, rows as in the interactions and maybe more; null: not known.
  const recommend::OrderedHistory* order = nullptr;
  MakeOptions make;
  std::function<void()> on_trial;  // after each trial, on the calling thread; may be null
};

// Chooses what `given` does not hold: from the start, one setting after the other to its best
// neighbour in `tried` (choices and try_all: any other) as long as one is better (NDCG@10 of a
// held-out tenth; tuning/als_tuning.h says of what test). Deterministic for any number of threads.
// Errors: those of fit() and recommend().
Result<KindTuning> tune_kind(const RecommenderKind& kind, const SettingValues& given,
                             const math::Csr& interactions, const KindTuningOptions& options,
                             ThreadPool& pool);

}  // namespace coterie::tuning
