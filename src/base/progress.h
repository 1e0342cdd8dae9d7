#pragma once
// Progress of long work: a bar with rate and ETA on a terminal, a plain line now and then
// elsewhere, nothing with --quiet or --json.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

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
};

enum class ProgressMode { kAuto, kBar, kPlain, kSilent };
// Writes to standard error. kAuto: a bar if standard error is a terminal, else plain lines.
std::unique_ptr<Progress> make_progress(ProgressMode mode);

}  // namespace coterie
