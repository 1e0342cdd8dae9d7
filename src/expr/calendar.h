#pragma once
// Days and UTC microseconds of the proleptic Gregorian calendar, as text and as parts. Unlike
// std::chrono's, years are not bounded by 16 bits: columns hold whatever the source held.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coterie::expr {

inline constexpr int64_t kMicrosInDay = 86'400'000'000;

struct CivilDate {
  int64_t year;  // 0 is 1 BC
  int month;     // 1 to 12
  int day;       // 1 to 31
};

CivilDate civil_from_days(int64_t days_since_1970);
int64_t days_from_civil(CivilDate date);
int days_in_month(int64_t year, int month);
int iso_weekday(int64_t days_since_1970);  // 1 = Monday to 7 = Sunday

// Day and time of day of UTC microseconds; the time is in [0, kMicrosInDay).
struct DayTime {
  int64_t days;
  int64_t micros;
};
DayTime split_micros(int64_t utc_micros);

// "2024-01-31", exactly; the year has four digits from 1000 to 9999.
std::optional<int64_t> parse_date(std::string_view text);
// "2024-01-31 09:05:00", "2024-01-31T09:05:00.125Z", "2024-01-31": up to six digits of fraction.
std::optional<int64_t> parse_timestamp(std::string_view text);

// "2024-01-31"; years before 1 as "0044-03-15 (BC)".
void append_date(std::string& out, int64_t days_since_1970);
// "2024-01-31 09:05:00" and the fraction without trailing zeros.
void append_timestamp(std::string& out, int64_t utc_micros);

}  // namespace coterie::expr
