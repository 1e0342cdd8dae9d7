#pragma once
// `coterie lab segment`: a clusterer on a plain file, no project.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/progress.h"
#include "base/resources.h"
#include "base/result.h"

namespace coterie::lab {

struct LabSegmentOptions {
  std::string data;  // .csv, .tsv, .txt (also .gz, .zst) or .parquet
  std::string model = "kmeans";
  std::vector<std::string> settings;  // "k=7"
  std::string centres;                // not empty: start from the rows of this file
  std::string out;                    // not empty: row and segment to this file
  std::string centres_out;            // not empty: centres to this file, as `centres` reads them
  std::string save;                   // not empty: the model to this folder
  Resources resources;
};

// Every numeric column is used but ids (whole numbers, all different, under a name that ends in
// "id"), and the one that the setting `truth` names: whole numbers that are known labels.
// {"metrics": {"inertia", "silhouette" (of a sample; both in scaled units if standardised),
// "adjusted_rand" (with truth)},
//  "rows", "columns": [...], "left_out_ids": [...], "left_out_texts": [...] (if any),
//  "segments": [{"segment", "rows", "centre": {column: value}}], "iterations", "converged",
//  "seconds_per_iteration" (of the kept run, without reading, scaling and seeding), "fit_seconds",
//  "peak_rss_mb", "chosen": {...}}
// Errors: kNotFound; kInvalidInput naming file, line, row, column, option or setting; kCancelled.
Result<nlohmann::ordered_json> run_lab_segment(const LabSegmentOptions& options,
                                               Progress& progress);

}  // namespace coterie::lab
