#include "cli/run_view.h"

#include <algorithm>

#include <fmt/format.h>

namespace coterie::cli {
namespace {

// Lines besides the steps: the title above, the bar below and one of air.
constexpr int kOtherLines = 3;

const char* symbol(const std::string& state) {
  if (state == "ok") return "✓";
  if (state == "fresh") return "=";
  if (state == "off") return "-";
  if (state == "running") return "▸";
  if (state == "failed" || state == "cancelled") return "✗";
  return "·";
}

}  // namespace

RunView::~RunView() {
  if (board_) session_.progress().set_board(nullptr);
}

void RunView::planned(const std::string& run_id, const std::vector<pipeline::PlannedStep>& plan) {
  {
    const std::lock_guard lock(mutex_);
    run_id_ = run_id;
    for (const pipeline::PlannedStep& step : plan) {
      const bool selected = step.plan != pipeline::StepPlan::kNotSelected;
      row_of_.push_back(selected ? static_cast<int>(rows_.size()) : -1);
      if (selected) rows_.push_back({.step = step.name, .state = "waiting", .detail = step.reason});
    }
  }
  board_ =
      session_.progress().set_board([this](int columns, int rows) { return lines(columns, rows); });
  if (!board_) {
    session_.progress().print(fmt::format("run {}: {} steps", run_id, rows_.size()));
  }
}

std::string RunView::plain_position() const {
  return fmt::format("[{:>2}/{}]", done_ + 1, rows_.size());
}

void RunView::step_started(int index, const std::string& reason) {
  std::string line;
  {
    const std::lock_guard lock(mutex_);
    running_ = row_of_[static_cast<size_t>(index)];
    Row& row = rows_[static_cast<size_t>(running_)];
    row.state = "running";
    row.detail = reason;
    step_watch_ = Stopwatch();
    line = fmt::format("{} {}: {}", plain_position(), row.step, reason);
  }
  if (!board_) session_.progress().print(line);
}

void RunView::step_finished(int index, const pipeline::StepRecord& step) {
  std::string line;
  {
    const std::lock_guard lock(mutex_);
    Row& row = rows_[static_cast<size_t>(row_of_[static_cast<size_t>(index)])];
    row.state = step.state;
    row.seconds = step.seconds;
    row.count = step.rows;
    row.detail = step.state == "fresh" ? "" : step.reason;
    line = fmt::format("{} {}: {}", plain_position(), row.step, row.state);
    if (step.state == "ok") {
      line +=
          fmt::format(", {} rows in {}", format_count(step.rows), format_duration(step.seconds));
    }
    running_ = -1;
    ++done_;
  }
  if (!board_ && step.state != "fresh" && step.state != "off") session_.progress().print(line);
}

std::string RunView::row_line(const Row& row, int name_width) const {
  std::string line = fmt::format(" {} {:<{}}", symbol(row.state), row.step, name_width);
  if (row.state == "running") {
    line += fmt::format("  {:>10}  {:>14}", format_duration(step_watch_.seconds()), "");
  } else if (row.state == "ok") {
    line +=
        fmt::format("  {:>10}  {:>9} rows", format_duration(row.seconds), format_count(row.count));
  } else {
    line += fmt::format("  {:>10}  {:>14}", "", row.state == "waiting" ? "" : row.state);
  }
  return line + "  " + row.detail;
}

std::vector<std::string> RunView::lines(int columns, int rows) const {
  static_cast<void>(columns);  // the caller cuts
  const std::lock_guard lock(mutex_);
  const int total = static_cast<int>(rows_.size());
  const int room = std::max(1, std::min(rows - kOtherLines, total));
  const int focus = running_ >= 0 ? running_ : std::min(done_, total - 1);
  const int first = std::clamp(focus - room / 2, 0, std::max(0, total - room));
  int name_width = 0;
  for (const Row& row : rows_) name_width = std::max(name_width, static_cast<int>(row.step.size()));
  std::vector<std::string> text = {fmt::format("run {}  {} of {} steps", run_id_, done_, total)};
  for (int i = first; i < std::min(total, first + room); ++i) {
    text.push_back(row_line(rows_[static_cast<size_t>(i)], name_width));
  }
  return text;
}

}  // namespace coterie::cli
