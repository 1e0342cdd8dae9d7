#include "expr/calendar.h"

#include <iterator>

#include <fmt/format.h>

namespace coterie::expr {
namespace {

// A 400-year cycle has this many days; 0000-03-01 is this many days before 1970-01-01.
constexpr int64_t kDaysInCycle = 146'097;
constexpr int64_t kDaysToEpoch = 719'468;

int64_t floor_divide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

// Reads exactly `count` digits.
bool take_digits(std::string_view& text, int count, int& out) {
  if (text.size() < static_cast<size_t>(count)) return false;
  out = 0;
  for (int i = 0; i < count; ++i) {
    const char c = text[static_cast<size_t>(i)];
    if (c < '0' || c > '9') return false;
    out = out * 10 + (c - '0');
  }
  text.remove_prefix(static_cast<size_t>(count));
  return true;
}

bool take(std::string_view& text, std::string_view one_of) {
  if (text.empty() || !one_of.contains(text.front())) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int64_t> take_date(std::string_view& text) {
  int year = 0;
  int month = 0;
  int day = 0;
  const bool shaped = take_digits(text, 4, year) && take(text, "-") &&
                      take_digits(text, 2, month) && take(text, "-") && take_digits(text, 2, day);
  if (!shaped || year < 1000 || month < 1 || month > 12) return std::nullopt;
  if (day < 1 || day > days_in_month(year, month)) return std::nullopt;
  return days_from_civil({year, month, day});
}

// ".125" -> 125000; no fraction is 0.
std::optional<int64_t> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return 0;
  int64_t micros = 0;
  int digits = 0;
  for (int digit = 0; take_digits(text, 1, digit); ++digits) {
    if (digits == 6) return std::nullopt;
    micros = micros * 10 + digit;
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

}  // namespace

// Years are counted from March, so that the leap day is a year's last: the day of such a year then
// fixes the month by the linear rule (153 m + 2) / 5 for the lengths 31 30 31 30 31, 31 30 31
// 30 31.
CivilDate civil_from_days(int64_t days_since_1970) {
  const int64_t days = days_since_1970 + kDaysToEpoch;
  const int64_t cycle = floor_divide(days, kDaysInCycle);
  const int64_t day_of_cycle = days - cycle * kDaysInCycle;
  const int64_t leap_corrected =
      day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146096;
  const int64_t year_of_cycle = leap_corrected / 365;
  const int64_t day_of_year =
      day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
  const int64_t march_month = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * march_month + 2) / 5 + 1);
  const int month = static_cast<int>(march_month < 10 ? march_month + 3 : march_month - 9);
  return {cycle * 400 + year_of_cycle + (month <= 2 ? 1 : 0), month, day};
}

int64_t days_from_civil(CivilDate date) {
  const int64_t march_year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t cycle = floor_divide(march_year, 400);
  const int64_t year_of_cycle = march_year - cycle * 400;
  const int64_t march_month = date.month > 2 ? date.month - 3 : date.month + 9;
  const int64_t day_of_year = (153 * march_month + 2) / 5 + date.day - 1;
  const int64_t day_of_cycle =
      365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
  return cycle * kDaysInCycle + day_of_cycle - kDaysToEpoch;
}

int days_in_month(int64_t year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

int iso_weekday(int64_t days_since_1970) {
  // 1970-01-01 was a Thursday.
  const int64_t shifted = (days_since_1970 + 3) % 7;
  return static_cast<int>(shifted < 0 ? shifted + 7 : shifted) + 1;
}

DayTime split_micros(int64_t utc_micros) {
  // Of the remainder, since the day's beginning may lie below 64 bits.
  const int64_t rest = utc_micros % kMicrosInDay;
  return {floor_divide(utc_micros, kMicrosInDay), rest < 0 ? rest + kMicrosInDay : rest};
}

std::optional<int64_t> parse_date(std::string_view text) {
  const auto days = take_date(text);
  return text.empty() ? days : std::nullopt;
}

std::optional<int64_t> parse_timestamp(std::string_view text) {
  const auto days = take_date(text);
  if (!days) return std::nullopt;
  if (text.empty()) return *days * kMicrosInDay;
  int hour = 0;
  int minute = 0;
  int second = 0;
  const bool shaped = take(text, " T") && take_digits(text, 2, hour) && take(text, ":") &&
                      take_digits(text, 2, minute) && take(text, ":") &&
                      take_digits(text, 2, second);
  if (!shaped || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto fraction = take_fraction(text);
  take(text, "Z");
  if (!fraction || !text.empty()) return std::nullopt;
  return *days * kMicrosInDay + (hour * 3600LL + minute * 60LL + second) * 1'000'000 + *fraction;
}

void append_date(std::string& out, int64_t days_since_1970) {
  const CivilDate date = civil_from_days(days_since_1970);
  const bool before_christ = date.year < 1;
  const int64_t year = before_christ ? 1 - date.year : date.year;
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}{}", year, date.month, date.day,
                 before_christ ? " (BC)" : "");
}

void append_timestamp(std::string& out, int64_t utc_micros) {
  const DayTime moment = split_micros(utc_micros);
  const CivilDate date = civil_from_days(moment.days);
  const bool before_christ = date.year < 1;
  const int64_t seconds = moment.micros / 1'000'000;
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}{} {:02}:{:02}:{:02}",
                 before_christ ? 1 - date.year : date.year, date.month, date.day,
                 before_christ ? " (BC)" : "", seconds / 3600, seconds / 60 % 60, seconds % 60);
  int64_t fraction = moment.micros % 1'000'000;
  if (fraction == 0) return;
  int digits = 6;
  for (; fraction % 10 == 0; fraction /= 10) --digits;
  fmt::format_to(std::back_inserter(out), ".{:0{}}", fraction, digits);
}

}  // namespace coterie::expr
