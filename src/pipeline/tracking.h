#pragma once
// The record of runs: tracking.db in the project's folder, SQLite in WAL mode, so that a dashboard
// can read while a run writes. The warehouse's marks decide what is stale; this file only remembers
// what happened: it may be deleted, and then history is gone but nothing is recomputed.
//
//   runs     (run_id, command, state, started_at, finished_at, process, program, peak_bytes, error)
//   steps    (run_id, position, step, version, state, reason, started_at, seconds, rows,
//   peak_bytes,
//             error)
//   metrics  (run_id, step, name, value)
//   inputs   (run_id, step, table_name, version)       which version of what a step read
//   outputs  (run_id, step, table_name, version, rows) and which version of what it wrote
//   notes    (run_id, step, position, note)

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "data/project/project.h"

namespace coterie::pipeline {

// "running", "ok", "failed", "cancelled", "interrupted" (its process died); steps also "fresh"
// (nothing to do), "off" (its sources are absent), "kept" (not selected) and "waiting".
struct RunRecord {
  std::string run_id;
  std::string command;
  std::string state;
  Micros started_at = 0;
  Micros finished_at = 0;  // 0 while running or when interrupted
  int64_t process = 0;
  std::string program;  // version of coterie
  int64_t peak_bytes = 0;
  std::string error;
};

struct TableVersion {
  std::string table;
  int64_t version = 0;
  int64_t rows = -1;  // -1 = not known
};

struct StepRecord {
  int position = 0;
  std::string step;
  int version = 0;
  std::string state;
  std::string reason;
  Micros started_at = 0;
  double seconds = 0;
  int64_t rows = 0;
  int64_t peak_bytes = 0;
  std::string error;
  std::map<std::string, double> metrics;
  std::vector<TableVersion> inputs;
  std::vector<TableVersion> outputs;
  std::vector<std::string> notes;
};

// Which step of which run wrote a version of a table, and from what.
struct Lineage {
  std::string run_id;
  std::string step;
  TableVersion output;
  std::vector<TableVersion> inputs;
};

// One open file. Not thread-safe; any number of processes may have it open.
class Tracking {
 public:
  // Opens or creates the file that `tracking: sqlite:<file>` names. Error kUnsupported for a
  // server.
  static Result<Tracking> open(const data::Project& project);

  Status begin_run(const RunRecord& run);
  Status save_step(const std::string& run_id, const StepRecord& step);  // inserts or replaces
  Status finish_run(const std::string& run_id, const std::string& state, Micros finished_at,
                    int64_t peak_bytes, const std::string& error);
  // Runs still "running" whose process is gone become "interrupted"; returns their ids. Call while
  // holding the project's run lock: then no run of this project is alive.
  Result<std::vector<std::string>> close_interrupted();

  Result<std::vector<RunRecord>> runs(int limit) const;  // newest first
  Result<std::optional<RunRecord>> run(const std::string& run_id) const;
  Result<std::vector<StepRecord>> steps(const std::string& run_id) const;
  // Newest first; `version` 0 = every version.
  Result<std::vector<Lineage>> lineage(const std::string& table, int64_t version = 0) const;
  // The newest run in which `step` ran to its end.
  Result<std::optional<StepRecord>> last_ok(const std::string& step) const;

  Tracking(Tracking&&) noexcept;
  Tracking& operator=(Tracking&&) noexcept;
  ~Tracking();

 private:
  struct Impl;
  explicit Tracking(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// "20261121-092440-3f2a": sorts by time. `entropy` distinguishes runs of one second.
std::string make_run_id(Micros now, uint64_t entropy);

}  // namespace coterie::pipeline
