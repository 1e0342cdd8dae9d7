#pragma once
// What a progress line says, as functions of the numbers alone.

#include <cstdint>
#include <string>

namespace coterie::internal {

struct ProgressState {
  std::string title;
  std::string unit;
  std::string note;
  int64_t done = 0;
  int64_t total = 0;  // 0 = unknown
  double elapsed_s = 0;
  double rate = 0;  // units a second; 0 = not known yet
};

// Units a second: the mean until there are 3 s of it, then an exponential average over about 10 s,
// so that the time left follows a change of speed without jumping.
class RateEstimate {
 public:
  void update(double elapsed_s, int64_t done);
  double rate() const { return rate_; }

 private:
  double last_s_ = 0;
  int64_t last_done_ = 0;
  double rate_ = 0;
};

// "12.0M", "950": four characters or so.
std::string short_count(double n);

std::string bar_line(const ProgressState& state, int columns);
std::string plain_line(const ProgressState& state);
std::string final_line(const ProgressState& state);

}  // namespace coterie::internal
