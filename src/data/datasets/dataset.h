#pragma once
// Datasets A to F: what a project's roles allow of them, the SQL that makes them, and building them
// into the warehouse. dataset_table.h declares the tables.
//
// C is a feature service: its columns are defined once, as features (dataset_c_registry.h), and
// evaluated by what lies above the data.
//
// A build is incremental where that gives the same rows: A and C redo the pairs and customers that
// facts have come for since the last build, and only shift the rest to the new today; D and F
// replace the days that changed and those that look back on them (D all of them once there is a
// year of sales, since seasonality then moves everywhere). It starts from nothing when
// settings, columns or names changed, when facts of a day were replaced (A, C), or when it is told
// to. The report says which it was.
//
// Results do not depend on the number of threads. time_weighted_score of rows that were only
// shifted may differ from a build from nothing in the last digits (well below 1e-9 of it).

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "data/datasets/dataset_table.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/warehouse.h"

namespace coterie::data {

struct DatasetSpec {
  char letter = 'A';
  std::string name;                  // "datasets.a"
  std::string title;                 // "interactions"
  std::vector<std::string> inputs;   // tables of the snapshot that it reads, and roles that say
                                     // what today is
  std::vector<std::string> outputs;  // tables that it writes; none when nothing it needs is there
  std::vector<std::string> notes;    // what is switched off and why, what purchases are, ...
  // SQL that makes the tables from nothing, in order, against the schema `facts` as
  // Snapshot::attach() makes it. The last statements are one SELECT a table, but of C, which makes
  // the rows that its features read. Names of articles are codes of the dictionary product_name, as
  // ids are codes of theirs.
  std::vector<std::string> sql;
};

// One spec a letter, in order. kInvalidInput: settings that contradict each other. Where the
// project has embeddings, their files are looked at: the engine must then be able to reach them,
// and their errors are those of a build of B.
Result<std::vector<DatasetSpec>> datasets(const Project& project, const Snapshot& snapshot,
                                          Engine& engine);

// Features of customers to evaluate, all visible rows counting, at the end of a day.
struct FeatureTask {
  const std::string& registry;               // its text, see features/registry/registry.h
  const std::vector<std::string>& features;  // the rows' columns
  const Snapshot& snapshot;
  Connection& connection;  // its own view of the snapshot's tables, and temporary ones
  int32_t day = 0;
  // Where the rows go: a Parquet file of customer_id (the code), the features and whatever else, in
  // the order of customer_id. A row a customer with any row in a source of the features.
  const std::string& path;
};
using EvaluateFeatures = std::function<Status(const FeatureTask&)>;

// What a build works on. References outlive the call.
struct DatasetBuild {
  const Project& project;
  const Snapshot& snapshot;
  Engine& engine;
  WriteTransaction& transaction;            // not committed here
  int64_t memory_bytes = int64_t{2} << 30;  // the engine's limit: decides how work is cut
  bool from_nothing = false;
  int threads = 1;
  EvaluateFeatures evaluate = {};  // needed for C: features lie above the data
};

struct DatasetReport {
  char letter = 'A';
  std::vector<std::pair<std::string, int64_t>> rows;  // table -> rows written by this build
  std::string how;                                    // "from nothing", "2 days of 734", ...
  std::vector<std::string> notes;                     // as in DatasetSpec
};

// Builds one dataset. C reads dataset_a_interactions of the snapshot: build A and commit before.
// Nothing is written and `rows` is empty when nothing that it needs is there. B reads the files of
// datasets.embeddings with `engine`. kInvalidInput for an unknown letter and for vectors that
// cannot be used, kNotFound for files of vectors that are not there; errors of the engine and of
// the warehouse as they are.
Result<DatasetReport> build_dataset(char letter, const DatasetBuild& build);

// The last microsecond of what the datasets call today. `connection` has the snapshot attached;
// looks into the facts only where no build of a dataset has remembered the day.
Result<Micros> datasets_moment(const Project& project, const Snapshot& snapshot,
                               Connection& connection);

}  // namespace coterie::data
