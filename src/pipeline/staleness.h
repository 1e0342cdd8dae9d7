#pragma once
// Whether a step must run. When a step finishes, a mark ("step/<name>") goes into the warehouse in
// the same commit as its outputs; the step is fresh for as long as the mark's four parts still
// hold: its declared version, its settings, the versions of the tables it reads, and the state of
// what it reads outside. Because mark and outputs commit together, a process killed at any moment
// leaves steps either done or not begun.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "data/warehouse/warehouse.h"
#include "pipeline/graph.h"

namespace coterie::pipeline {

// The parts that decide, and who wrote the outputs.
struct StepMark {
  int step_version = 0;
  std::string config;                     // SHA-256 of Step::config
  std::map<std::string, int64_t> inputs;  // table -> version read; absent tables are left out
  std::string outside;                    // SHA-256 of Step::outside_state, or ""
  std::string run_id;
  Micros finished_at = 0;

  std::string to_text() const;  // one line of JSON
};
Result<StepMark> parse_step_mark(const std::string& text);
std::string step_mark_key(const std::string& step);

// What planning needs to know of a warehouse and the models beside it.
struct WarehouseState {
  std::map<std::string, int64_t> versions;  // table, or "models/<name>" once finished -> version
  std::map<std::string, StepMark> marks;    // step -> mark; unreadable marks are left out
};
Result<WarehouseState> read_state(const data::Snapshot& snapshot,
                                  const std::string& project_folder);

// The mark that `step` would leave if it ran on `state` now (run_id and finished_at unset).
Result<StepMark> current_mark(const Step& step, const WarehouseState& state,
                              const data::Project& project);

// "" when fresh, else why not, to be read after the step's name: "never ran", "its settings
// changed", "customers changed", "its sources changed", "the code is newer", "x is missing".
std::string stale_reason(const Step& step, const StepMark& current, const WarehouseState& state);

// "" when every required input exists or can still be made; else what is missing, because the step
// that makes it has finished without it or is off itself: "needs dataset_a_interactions".
std::string off_reason(const Graph& graph, int index, const WarehouseState& state);

enum class StepPlan {
  kFresh,        // nothing to do
  kOff,          // an input cannot be made from the project's sources
  kStale,        // will run
  kWillFollow,   // reads what a stale step may rewrite; decided when that step is done
  kNotSelected,  // left alone
};
struct PlannedStep {
  std::string name;
  StepPlan plan = StepPlan::kFresh;
  std::string reason;
};
// What a command line asks for, one entry a step of the graph. Selected steps that are forced are
// stale.
struct StepSelection {
  std::vector<bool> selected;
  std::vector<bool> forced;
};
// One entry a step of `graph`, in its order.
Result<std::vector<PlannedStep>> plan_steps(const Graph& graph, const StepSelection& selection,
                                            const WarehouseState& state,
                                            const data::Project& project);

}  // namespace coterie::pipeline
