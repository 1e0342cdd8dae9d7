#pragma once
// A run while it goes on: a table of steps that is redrawn in place on a terminal, plain lines
// elsewhere, nothing with --json or --quiet.

#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/session.h"
#include "pipeline/runner.h"

namespace coterie::cli {

class RunView : public pipeline::RunObserver {
 public:
  explicit RunView(Session& session) : session_(session) {}
  ~RunView() override;

  void planned(const std::string& run_id, const std::vector<pipeline::PlannedStep>& plan) override;
  void step_started(int index, const std::string& reason) override;
  void step_finished(int index, const pipeline::StepRecord& step) override;
  Progress& progress() override { return session_.progress(); }

  // The table as lines, at most `rows` of them: the steps around the running one come first.
  std::vector<std::string> lines(int columns, int rows) const;

 private:
  struct Row {
    std::string step;
    std::string state;  // waiting, running, ok, fresh, failed, cancelled
    std::string detail;
    double seconds = 0;
    int64_t count = 0;
  };
  std::string row_line(const Row& row, int name_width) const;
  std::string plain_position() const;

  Session& session_;
  mutable std::mutex mutex_;  // lines() runs on the drawing thread
  std::vector<Row> rows_;     // of selected steps
  std::vector<int> row_of_;   // step index -> row, or -1
  int running_ = -1;
  int done_ = 0;
  Stopwatch step_watch_;
  std::string run_id_;
  bool board_ = false;
};

}  // namespace coterie::cli
