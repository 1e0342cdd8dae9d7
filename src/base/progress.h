#pragma once
// Progress of long work: a bar with rate and time left on a terminal, a plain line now and then
// elsewhere, nothing with --quiet or --json.
//
//   Loading transactions  [=====>      ] 38 %  12.0M of 31.7M rows, 2.6M/s, 8 s left  file 3 of 8
//   Loading transactions: 12,000,000 of 31,700,000 rows (38 %), 2.6M/s, 8 s left
//   Loading transactions: 31,700,000 rows in 12.3 s (2.6M/s)
//
// advance() costs one atomic addition: a thread of its own draws, ten times a second. Of several
// tasks under way the newest has the bar. Text is redacted (secret.h).

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace coterie {

// One piece of work under way. Thread-safe; finishes when destroyed.
class ProgressTask {
 public:
  virtual ~ProgressTask() = default;
  virtual void advance(int64_t units) = 0;
  virtual void set_total(int64_t units) = 0;
  virtual void set_note(std::string_view note) = 0;  // short text behind the bar
};

class Progress {
 public:
  virtual ~Progress() = default;
  // `total_units` 0 = unknown. `unit` is what is counted: "rows", "bytes", "sweeps".
  virtual std::unique_ptr<ProgressTask> start(std::string_view title, int64_t total_units,
                                              std::string_view unit) = 0;
  // A line of its own above any bar.
  virtual void print(std::string_view line) = 0;
  // Shows a block of lines above the bar, redrawn with it, and leaves out the lines that say that a
  // task ended; null removes it. `lines` is called on the drawing thread with the terminal's
  // columns and rows. Returns whether it is shown: only where there are bars.
  using Board = std::function<std::vector<std::string>(int columns, int rows)>;
  virtual bool set_board(const Board& lines) {
    static_cast<void>(lines);
    return false;
  }
};

enum class ProgressMode { kAuto, kBar, kPlain, kSilent };
struct ProgressOptions {
  ProgressMode mode = ProgressMode::kAuto;
  double redraw_s = 0.1;      // bar: between drawings
  double plain_line_s = 5.0;  // plain: between lines of one task; its end always gives one
};
// Writes to standard error. kAuto: a bar if standard error is a terminal, else plain lines. Must
// outlive its tasks.
std::unique_ptr<Progress> make_progress(ProgressMode mode);
std::unique_ptr<Progress> make_progress(const ProgressOptions& options);

}  // namespace coterie
