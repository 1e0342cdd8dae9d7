#pragma once
// `coterie lab recommend`: a recommender on plain files, no project: fit on one file, rank for the
// users of another, measure.

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/progress.h"
#include "base/resources.h"
#include "base/result.h"

namespace coterie::lab {

struct LabRecommendOptions {
  std::string train;  // file of user, item[, value[, time]]: lab/interaction_files.h
  std::string test;   // the same; its users are ranked for. Or empty, and then
  std::string split;  // "time:0.2": how to take the test from `train` (lab/lab_split.h)
  // What items are like, for models that read it: lab/item_files.h, or lab/feature_files.h for
  // those that learn from features. Its items are candidates beside those of the training part.
  std::string items;
  std::string users;  // what users are like (lab/feature_files.h), for models that learn from it
  std::string model = "als";          // als, popularity
  std::vector<std::string> settings;  // "factors=64"
  // Models of sequences: events further apart are of two sessions (lab/recommend_problem.h).
  int64_t session_gap = 0;
  std::vector<int> at = {10, 20};
  bool auc = false;      // rank the whole catalogue for every user: takes long with many items
  std::string out;       // not empty: lists (user, item, rank, score) to this file
  std::string save;      // not empty: the model to this folder
  int resamples = 1000;  // > 0: bootstrap intervals
  uint64_t seed = 1;     // of the split and of the bootstrap
  Resources resources;
};

// {"metrics": {"recall@20": ...}, "intervals": {"recall@20": [low, high]} if resampled, "users",
//  "users_without_test", "new_users" (ranked without any history), "user_features" and
//  "item_features" (how many) where there are files of them, "split": {"kind", ...},
//  "tune_seconds", "fit_seconds", "recommend_seconds", "peak_rss_mb", "chosen": {...}}
// `chosen` holds every setting the model was fitted with; w0 and regularisation, when not set, were
// chosen on a validation split of the training part. Full ranking, without what a user is known to
// have. Test items that training has never seen stay in the test, where no list can reach them
// (auc counts them on neither side). Where the program splits, pairs that the user's history has
// already are no test items. Hidden users of strong generalisation are folded in from their
// history; users without any history get the popularity order.
// Errors: kNotFound, kInvalidInput naming file, line, column, option or setting; kCancelled.
Result<nlohmann::ordered_json> run_lab_recommend(const LabRecommendOptions& options,
                                                 Progress& progress);

}  // namespace coterie::lab
