#include "base/progress.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/progress_internal.h"
#include "base/secret.h"
#include "base/terminal_internal.h"
#include "base/utf8.h"

namespace coterie {
namespace {

using internal::ProgressState;

std::string fit_to_print(std::string_view text) { return internal::printable(redact(text)); }

class SilentProgress : public Progress {
 public:
  std::unique_ptr<ProgressTask> start(std::string_view, int64_t, std::string_view) override {
    class Task : public ProgressTask {
      void advance(int64_t) override {}
      void set_total(int64_t) override {}
      void set_note(std::string_view) override {}
    };
    return std::make_unique<Task>();
  }
  void print(std::string_view) override {}
};

// Bars and plain lines: tasks count, one thread writes.
class WritingProgress : public Progress {
 public:
  WritingProgress(bool bar, const ProgressOptions& options)
      : bar_(bar), options_(options), writer_([this] { run(); }) {}

  ~WritingProgress() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    writer_.join();
  }

  std::unique_ptr<ProgressTask> start(std::string_view title, int64_t total_units,
                                      std::string_view unit) override;
  void print(std::string_view line) override { internal::write_error_line(fit_to_print(line)); }
  bool set_board(const Board& lines) override;

 private:
  class Task;

  void add(Task* task);
  void finish(Task* task);
  void run();
  // Both with the mutex held.
  void draw_bar();
  void write_plain_lines();

  const bool bar_;
  const ProgressOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Task*> tasks_;
  Board board_;
  bool ending_ = false;
  std::thread writer_;  // last: it uses all the others
};

class WritingProgress::Task : public ProgressTask {
 public:
  Task(WritingProgress& owner, std::string_view title, int64_t total, std::string_view unit)
      : owner_(owner), title_(fit_to_print(title)), unit_(unit), total_(total) {
    owner_.add(this);
  }
  ~Task() override { owner_.finish(this); }

  void advance(int64_t units) override { done_.fetch_add(units, std::memory_order_relaxed); }
  void set_total(int64_t units) override { total_.store(units, std::memory_order_relaxed); }
  void set_note(std::string_view note) override {
    std::string text = fit_to_print(note);
    const std::lock_guard lock(owner_.mutex_);
    note_ = std::move(text);
  }

  // With the owner's mutex held.
  ProgressState state() {
    ProgressState now{.title = title_, .unit = unit_, .note = note_};
    now.done = done_.load(std::memory_order_relaxed);
    now.total = total_.load(std::memory_order_relaxed);
    now.elapsed_s = watch_.seconds();
    estimate_.update(now.elapsed_s, now.done);
    now.rate = estimate_.rate();
    return now;
  }

  double next_line_s = 0;  // plain: when the next line is due

 private:
  WritingProgress& owner_;
  const std::string title_;
  const std::string unit_;
  std::string note_;
  std::atomic<int64_t> done_{0};
  std::atomic<int64_t> total_;
  const Stopwatch watch_;
  internal::RateEstimate estimate_;
};

std::unique_ptr<ProgressTask> WritingProgress::start(std::string_view title, int64_t total_units,
                                                     std::string_view unit) {
  return std::make_unique<Task>(*this, title, total_units, unit);
}

void WritingProgress::add(Task* task) {
  {
    const std::lock_guard lock(mutex_);
    task->next_line_s = options_.plain_line_s;
    tasks_.push_back(task);
    if (bar_) draw_bar();
  }
  changed_.notify_all();
}

bool WritingProgress::set_board(const Board& lines) {
  if (!bar_) return false;
  {
    const std::lock_guard lock(mutex_);
    board_ = lines;
    draw_bar();
  }
  changed_.notify_all();
  return true;
}

void WritingProgress::finish(Task* task) {
  const std::lock_guard lock(mutex_);
  const std::string line = internal::final_line(task->state());
  std::erase(tasks_, task);
  if (bar_) draw_bar();
  if (!board_) internal::write_error_line(line);
}

void WritingProgress::draw_bar() {
  const int columns = internal::error_columns();
  std::string text;
  if (board_) {
    for (const std::string& line : board_(columns, internal::error_rows())) {
      text += fit_width(fit_to_print(line), columns - 1);
      text += '\n';
    }
  }
  if (!tasks_.empty()) text += internal::bar_line(tasks_.back()->state(), columns);
  internal::show_bar(text);
}

void WritingProgress::write_plain_lines() {
  for (Task* task : tasks_) {
    const ProgressState now = task->state();
    if (now.elapsed_s < task->next_line_s) continue;
    task->next_line_s = now.elapsed_s + options_.plain_line_s;
    internal::write_error_line(internal::plain_line(now));
  }
}

void WritingProgress::run() {
  const std::chrono::duration<double> pause(options_.redraw_s);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ending_ || !tasks_.empty() || board_; });
    changed_.wait_for(lock, pause, [&] { return ending_; });
    if (ending_) break;
    if (bar_) {
      draw_bar();
    } else {
      write_plain_lines();
    }
  }
  if (bar_) internal::show_bar("");
}

}  // namespace

std::unique_ptr<Progress> make_progress(ProgressMode mode) {
  return make_progress(ProgressOptions{.mode = mode});
}

std::unique_ptr<Progress> make_progress(const ProgressOptions& options) {
  if (options.mode == ProgressMode::kSilent) return std::make_unique<SilentProgress>();
  const bool bar = options.mode == ProgressMode::kBar ||
                   (options.mode == ProgressMode::kAuto && internal::error_is_terminal());
  return std::make_unique<WritingProgress>(bar, options);
}

}  // namespace coterie
