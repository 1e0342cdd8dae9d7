#pragma once
// A step of the graph: what it reads, what it writes, what decides whether it is stale, and the
// function that does it. Staleness, resumption and lineage follow from these declarations alone.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/resources.h"
#include "base/result.h"
#include "base/threads.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/warehouse.h"

namespace coterie::pipeline {

// What a run function gets. References outlive the call.
struct StepContext {
  const data::Project& project;
  data::Warehouse& warehouse;
  data::Engine& engine;
  ThreadPool& pool;
  Progress& progress;
  std::string run_id;
  // Commits of this step go through this transaction, so that outputs and the step's fingerprint
  // become visible together. The engine commits it after `run` returns ok.
  data::WriteTransaction& transaction;
  const data::Snapshot& inputs;  // leased view the step was planned on
};

struct StepReport {
  std::vector<std::pair<std::string, int64_t>> rows_out;  // table -> rows
  std::map<std::string, double> metrics;                  // "ndcg@10" -> 0.31
  std::vector<std::string> notes;                         // lines for the closing summary
};

struct Step {
  std::string name;                  // "datasets.a", "models.cf"
  int version = 1;                   // raise when the code's meaning changes
  std::vector<std::string> inputs;   // tables; "source:<role>" for a watermark of an outside source
  std::vector<std::string> outputs;  // tables (and "models/<name>" artefacts)
  std::string config;                // canonical text of every setting that it reads
  std::function<Result<StepReport>(StepContext&)> run;
  // Fingerprint of outside state (file lists, watermarks), for steps that read sources; may be
  // null.
  std::function<Result<std::string>(const data::Project&)> outside_state;
};

}  // namespace coterie::pipeline
