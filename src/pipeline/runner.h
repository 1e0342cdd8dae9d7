#pragma once
// Runs what is stale, in order, each step in one warehouse transaction together with its mark.
//
// The first error stops the run: what finished before it is committed and stays fresh, so running
// again goes on from there, and the same holds after Ctrl-C or kill -9. A step sees the machine's
// share at its start; steps run one after the other, each with all threads.

#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/resources.h"
#include "base/result.h"
#include "pipeline/graph.h"
#include "pipeline/staleness.h"
#include "pipeline/tracking.h"

namespace coterie::pipeline {

struct RunEnvironment {
  const data::Project& project;
  data::Warehouse& warehouse;
  const ResourceShare& share;
};

struct RunOptions {
  std::vector<std::string> select = {};  // see Graph::select
  bool force = false;                    // redo selected steps that are fresh, too
  // With `force`: only of these, written as in `select`; empty = of all that are selected.
  std::vector<std::string> force_only = {};
  std::string command = {};  // as recorded: "coterie run --select models"
  std::string program = {};  // version of coterie
};

// Follows a run; called on the thread that called run_graph.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void planned(const std::string& run_id, const std::vector<PlannedStep>& plan) = 0;
  virtual void step_started(int index, const std::string& reason) = 0;
  virtual void step_finished(int index, const StepRecord& step) = 0;
  virtual Progress& progress() = 0;
};

struct RunReport {
  RunRecord run;
  std::vector<StepRecord> steps;         // one a step of the graph, in its order
  std::vector<std::string> interrupted;  // earlier runs found dead
  double seconds = 0;
  std::optional<Error> error;  // why the run stopped
  bool did_anything() const;   // some step ran
};

// Takes the project's run lock. A failing step is reported in the RunReport; errors returned are
// those of the run itself: kConflict (another run), kInvalidInput (selection), kIo.
Result<RunReport> run_graph(const Graph& graph, const RunEnvironment& environment,
                            const RunOptions& options, RunObserver& observer);

// What run_graph would do now, without the lock and without writing anything.
Result<std::vector<PlannedStep>> dry_run(const Graph& graph, const RunEnvironment& environment,
                                         const RunOptions& options);

// DuckDB's part of a share's memory, and the rest: for matrices, dictionaries and the program.
int64_t engine_memory(const Resources& resources);
int64_t memory_beside_engine(const Resources& resources);
// DuckDB for one step: engine_memory() and threads of `resources`, spilling inside the project, and
// confined to the warehouse unless `outside`.
Result<data::Engine> open_step_engine(const data::Project& project, const Resources& resources,
                                      bool outside);

}  // namespace coterie::pipeline
