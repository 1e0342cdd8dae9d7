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
  std::string train;          // file of user, item[, value[, time]]: lab/interaction_files.h
  std::string test;           // the same; its users are ranked for
  std::string model = "als";  // als, popularity
  std::vector<std::string> settings;  // "factors=64"
  std::vector<int> at = {10, 20};
  std::string out;    // not empty: lists to this .csv, .tsv or .parquet (user, item, rank, score)
  std::string save;   // not empty: the model to this folder
  int resamples = 0;  // > 0: bootstrap intervals
  Resources resources;
};

// {"metrics": {"recall@20": ...}, "intervals": {...} if resampled, "users", "users_without_test",
//  "tune_seconds", "fit_seconds", "recommend_seconds", "peak_rss_mb", "chosen": {...}}
// `chosen` holds every setting the model was fitted with; w0 and regularisation, when not set, were
// chosen on a validation split of the training file. Full ranking, training items left out.
// Errors: kNotFound, kInvalidInput naming file, row or setting; kCancelled.
Result<nlohmann::ordered_json> run_lab_recommend(const LabRecommendOptions& options,
                                                 Progress& progress);

}  // namespace coterie::lab
