#pragma once
// A step of the graph: what it reads, what it writes, what decides whether it is stale, and the
// function that does it. Staleness, resumption and lineage follow from these declarations alone.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/progress.h"
#include "base/resources.h"
#include "base/result.h"
#include "base/threads.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/warehouse.h"
#include "pipeline/model_store.h"

namespace coterie::pipeline {

// What a run function gets. References outlive the call.
struct StepContext {
  const data::Project& project;
  data::Warehouse& warehouse;
  data::Engine& engine;  // confined to the warehouse unless the step `reads_outside`
  ThreadPool& pool;
  Progress& progress;
  Resources resources;  // this step's share: threads of `pool`, memory of everything
  std::string run_id;
  Micros now = 0;      // updated_at of every row that this step writes
  bool force = false;  // asked to redo all: an incremental step starts from nothing
  // Commits of this step go through this transaction, so that outputs and the step's fingerprint
  // become visible together. The engine commits it after `run` returns ok.
  data::WriteTransaction& transaction;
  const data::Snapshot& inputs;  // leased view the step was planned on
  // Model folders written by this step; they become visible just before the commit.
  StagedModels& models;
};

struct StepReport {
  std::vector<std::pair<std::string, int64_t>> rows_out;  // table -> rows
  std::map<std::string, double> metrics;                  // "ndcg@10" -> 0.31
  std::vector<std::string> notes;                         // lines for the closing summary
};

struct Step {
  std::string name;  // "datasets.a", "models.cf"
  int version = 1;   // raise when the code's meaning changes
  // Tables, and "models/<name>" for artefacts, each some step's output. A step whose input was not
  // made because its source is absent is off; `optional_inputs` may be missing.
  std::vector<std::string> inputs;
  std::vector<std::string> optional_inputs;
  // Tables, and "models/<name>" for artefacts. `optional_outputs` may be left out by a run.
  std::vector<std::string> outputs;
  std::vector<std::string> optional_outputs;
  std::string config;  // canonical text of every setting that it reads
  std::function<Result<StepReport>(StepContext&)> run;
  // Fingerprint of outside state (file lists, watermarks), for steps that read sources; may be
  // null.
  std::function<Result<std::string>(const data::Project&)> outside_state;
  std::string outside_reason = "its sources changed";  // why another outside state makes it stale
  // Reads files or servers outside the warehouse. Other steps get an engine that cannot: this is
  // what keeps training away from truth/.
  bool reads_outside = false;
};

}  // namespace coterie::pipeline
