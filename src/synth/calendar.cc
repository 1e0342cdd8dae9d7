#include "synth/calendar.h"

#include <algorithm>
#include <chrono>

namespace coterie::synth {

CivilDate civil_date(int32_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day()))};
}

int32_t day_number(CivilDate date) {
  const std::chrono::year_month_day civil{std::chrono::year{date.year},
                                          std::chrono::month{static_cast<unsigned>(date.month)},
                                          std::chrono::day{static_cast<unsigned>(date.day)}};
  return static_cast<int32_t>(std::chrono::sys_days{civil}.time_since_epoch().count());
}

// 1970-01-01 was a Thursday.
int weekday(int32_t day) { return ((day + 3) % 7 + 7) % 7; }

int day_of_year(int32_t day) { return day - day_number({civil_date(day).year, 1, 1}); }

double week_of_year(int32_t day) { return day_of_year(day) / 7.0; }

// The anonymous Gregorian computus (Meeus, "Astronomical algorithms", 1991, chapter 8).
int32_t easter_sunday(int year) {
  const int a = year % 19, b = year / 100, c = year % 100;
  const int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
  const int h = (19 * a + b - d - g + 15) % 30;
  const int i = c / 4, k = c % 4;
  const int l = (32 + 2 * e + 2 * i - h - k) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int month = (h + l - 7 * m + 114) / 31;
  const int day = (h + l - 7 * m + 114) % 31 + 1;
  return day_number({year, month, day});
}

// The day after the fourth Thursday of November.
int32_t black_friday(int year) {
  const int32_t first = day_number({year, 11, 1});
  const int32_t first_thursday = first + (3 - weekday(first) + 7) % 7;
  return first_thursday + 22;
}

std::vector<NamedDay> named_days(int32_t first, int32_t last) {
  std::vector<NamedDay> days;
  for (int year = civil_date(first).year; year <= civil_date(last).year; ++year) {
    const int32_t easter = easter_sunday(year);
    const NamedDay year_days[] = {{day_number({year, 1, 1}), "New Year's Day"},
                                  {day_number({year, 1, 6}), "Epiphany"},
                                  {easter - 2, "Good Friday"},
                                  {easter, "Easter Sunday"},
                                  {easter + 1, "Easter Monday"},
                                  {day_number({year, 5, 1}), "Labour Day"},
                                  {easter + 39, "Ascension Day"},
                                  {easter + 49, "Whit Sunday"},
                                  {black_friday(year), "Black Friday"},
                                  {day_number({year, 12, 24}), "Christmas Eve"},
                                  {day_number({year, 12, 25}), "Christmas Day"},
                                  {day_number({year, 12, 26}), "Boxing Day"},
                                  {day_number({year, 12, 31}), "New Year's Eve"}};
    days.insert(days.end(), std::begin(year_days), std::end(year_days));
  }
  std::ranges::stable_sort(days, {}, &NamedDay::day);
  const auto repeated = std::ranges::unique(days, {}, &NamedDay::day);
  days.erase(repeated.begin(), repeated.end());
  std::erase_if(days, [&](const NamedDay& named) { return named.day < first || named.day > last; });
  return days;
}

}  // namespace coterie::synth
