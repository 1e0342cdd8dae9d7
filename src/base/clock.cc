#include "base/clock.h"

#include <chrono>
#include <cmath>
#include <cstdlib>

#include <fmt/core.h>

namespace coterie {
namespace {

namespace chrono = std::chrono;

int64_t steady_ns() {
  return chrono::duration_cast<chrono::nanoseconds>(chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Reads exactly `width` digits at `at`, or -1.
int64_t fixed_digits(std::string_view text, size_t at, size_t width) {
  if (at + width > text.size()) return -1;
  int64_t value = 0;
  for (size_t i = at; i < at + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool is_date(int64_t year, int64_t month, int64_t day) {
  if (year < 0 || month < 0 || day < 0) return false;
  return chrono::year_month_day{chrono::year{static_cast<int>(year)},
                                chrono::month{static_cast<unsigned>(month)},
                                chrono::day{static_cast<unsigned>(day)}}
      .ok();
}

Micros date_micros(int64_t year, int64_t month, int64_t day) {
  const chrono::sys_days days = chrono::year{static_cast<int>(year)} /
                                chrono::month{static_cast<unsigned>(month)} /
                                chrono::day{static_cast<unsigned>(day)};
  return days.time_since_epoch().count() * kMicrosPerDay;
}

Error bad_time(std::string_view text) {
  return invalid_input(fmt::format("not a UTC time: '{}'", text))
      .with_mend("write 2026-11-21T09:02:27Z or 2026-11-21");
}

// "T09:02:27[.ffffff]Z" -> microseconds of the day, or -1.
Micros clock_micros(std::string_view text) {
  const int64_t hour = fixed_digits(text, 1, 2);
  const int64_t minute = fixed_digits(text, 4, 2);
  const int64_t second = fixed_digits(text, 7, 2);
  if (text.size() < 10 || (text[0] != 'T' && text[0] != ' ') || text[3] != ':' || text[6] != ':' ||
      text.back() != 'Z') {
    return -1;
  }
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
  int64_t fraction = 0;
  const size_t digits = text.size() - 10;
  if (digits > 0) {
    if (text[9] != '.' || digits < 2 || digits > 7) return -1;
    fraction = fixed_digits(text, 10, digits - 1);
    if (fraction < 0) return -1;
    for (size_t i = digits - 1; i < 6; ++i) fraction *= 10;
  }
  return ((hour * 60 + minute) * 60 + second) * kMicrosPerSecond + fraction;
}

}  // namespace

Micros now_micros() {
  return chrono::duration_cast<chrono::microseconds>(chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string format_utc(Micros at) {
  const chrono::sys_time<chrono::microseconds> time{chrono::microseconds{at}};
  const auto days = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{days};
  const int64_t rest = (time - days).count();
  const int64_t seconds = rest / kMicrosPerSecond;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     seconds / 3600, seconds / 60 % 60, seconds % 60, rest % kMicrosPerSecond);
}

Result<Micros> parse_utc(std::string_view text) {
  const int64_t year = fixed_digits(text, 0, 4);
  const int64_t month = fixed_digits(text, 5, 2);
  const int64_t day = fixed_digits(text, 8, 2);
  if (text.size() < 10 || text[4] != '-' || text[7] != '-' || !is_date(year, month, day)) {
    return bad_time(text);
  }
  const Micros midnight = date_micros(year, month, day);
  if (text.size() == 10) return midnight;
  const Micros clock = clock_micros(text.substr(10));
  if (clock < 0) return bad_time(text);
  return midnight + clock;
}

std::string format_duration(double seconds) {
  if (!(seconds > 0)) return "0 ms";
  if (seconds < 0.00995) return fmt::format("{:.1f} ms", seconds * 1e3);
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  // Beyond any process's life; also keeps llround defined.
  if (seconds > 1e15) return "forever";
  const int64_t whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  const int64_t minutes = (whole + 30) / 60;
  return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

std::string format_count(int64_t n) {
  // Negated as unsigned, because -INT64_MIN does not exist.
  const uint64_t magnitude = n < 0 ? 0 - static_cast<uint64_t>(n) : static_cast<uint64_t>(n);
  const std::string digits = fmt::format("{}", magnitude);
  std::string text = n < 0 ? "-" : "";
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string format_bytes(int64_t bytes) {
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes);
  if (std::abs(value) < 1024) return fmt::format("{} B", bytes);
  size_t unit = 0;
  value /= 1024;
  // 1023.95 would round to 1024.0 of the smaller unit.
  while (std::abs(value) >= 1023.95 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

Stopwatch::Stopwatch() : start_ns_(steady_ns()) {}
double Stopwatch::seconds() const { return static_cast<double>(steady_ns() - start_ns_) * 1e-9; }

}  // namespace coterie
