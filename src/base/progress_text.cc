#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/clock.h"
#include "base/progress_internal.h"
#include "base/utf8.h"

namespace coterie::internal {
namespace {

constexpr double kSettle_s = 3;
constexpr double kMemory_s = 10;
constexpr int kWidestBar = 30;
constexpr int kNarrowestBar = 6;

bool is_bytes(const ProgressState& state) { return state.unit == "bytes"; }

double share(const ProgressState& state) {
  return std::clamp(static_cast<double>(state.done) / static_cast<double>(state.total), 0.0, 1.0);
}

// Rounded down: 100 % is said when it is true.
int percent(const ProgressState& state) { return static_cast<int>(100 * share(state)); }

std::string amount(const ProgressState& state, int64_t n) {
  return is_bytes(state) ? format_bytes(n) : short_count(static_cast<double>(n));
}

std::string rate_text(const ProgressState& state) {
  const std::string per_second =
      is_bytes(state) ? format_bytes(static_cast<int64_t>(state.rate)) : short_count(state.rate);
  return per_second + "/s";
}

// ", 2.6M/s, 8 s left", as far as known.
std::string speed(const ProgressState& state) {
  if (!(state.rate > 0)) return "";
  std::string text = ", " + rate_text(state);
  if (state.total > state.done) {
    const double left_s = static_cast<double>(state.total - state.done) / state.rate;
    text += ", " + format_duration(std::max(1.0, std::round(left_s))) + " left";
  }
  return text;
}

std::string with_unit(const ProgressState& state, const std::string& text) {
  return is_bytes(state) || state.unit.empty() ? text : text + " " + state.unit;
}

std::string draw_bar(double filled_share, int width) {
  const int inside = width - 2;
  const int filled = static_cast<int>(filled_share * inside);
  std::string bar = "[" + std::string(static_cast<size_t>(filled), '=');
  if (filled < inside) bar += '>';
  bar.resize(static_cast<size_t>(width) - 1, ' ');
  return bar + "]";
}

}  // namespace

void RateEstimate::update(double elapsed_s, int64_t done) {
  if (elapsed_s <= last_s_) return;
  if (elapsed_s < kSettle_s) {
    rate_ = static_cast<double>(done) / elapsed_s;
  } else {
    const double passed_s = elapsed_s - last_s_;
    const double now = static_cast<double>(done - last_done_) / passed_s;
    rate_ += (1 - std::exp(-passed_s / kMemory_s)) * (now - rate_);
  }
  last_s_ = elapsed_s;
  last_done_ = done;
}

std::string short_count(double n) {
  if (n > 0 && n < 9.95) return fmt::format("{:.1f}", n);
  if (n < 9999.5) return fmt::format("{:.0f}", n);
  constexpr const char* kSuffixes = "kMGTPE";
  size_t suffix = 0;
  n /= 1000;
  while (n >= 999.95 && suffix < 5) {
    n /= 1000;
    ++suffix;
  }
  return fmt::format("{:.1f}{}", n, kSuffixes[suffix]);
}

std::string bar_line(const ProgressState& state, int columns) {
  // The last column stays free: writing it makes some terminals wrap.
  const int width = std::max(1, columns - 1);
  std::string numbers;
  if (state.total > 0) {
    numbers = fmt::format(
        "{:>3} %  {}{}", percent(state),
        with_unit(state, amount(state, state.done) + " of " + amount(state, state.total)),
        speed(state));
  } else {
    numbers = with_unit(state, amount(state, state.done)) + speed(state);
  }
  std::string line = state.title + "  ";
  const int room = width - display_width(line) - display_width(numbers) - 1;
  if (state.total > 0 && room >= kNarrowestBar) {
    line += draw_bar(share(state), std::min(room, kWidestBar)) + " ";
  }
  line += numbers;
  if (!state.note.empty()) line += "  " + state.note;
  return std::string(fit_width(line, width));
}

std::string plain_line(const ProgressState& state) {
  std::string text = format_count(state.done);
  if (is_bytes(state)) text = format_bytes(state.done);
  if (state.total > 0) {
    text += " of " + (is_bytes(state) ? format_bytes(state.total) : format_count(state.total));
  }
  text = with_unit(state, text);
  if (state.total > 0) text += fmt::format(" ({} %)", percent(state));
  text += speed(state);
  if (!state.note.empty()) text += "; " + state.note;
  return state.title + ": " + text;
}

std::string final_line(const ProgressState& state) {
  const std::string count = is_bytes(state) ? format_bytes(state.done) : format_count(state.done);
  std::string line = fmt::format("{}: {} in {}", state.title, with_unit(state, count),
                                 format_duration(state.elapsed_s));
  // Over a shorter time the rate says nothing.
  if (state.elapsed_s >= 1 && state.done > 0) {
    ProgressState mean = state;
    mean.rate = static_cast<double>(state.done) / state.elapsed_s;
    line += " (" + rate_text(mean) + ")";
  }
  return line;
}

}  // namespace coterie::internal
