#pragma once
// Days as numbers since 1970-01-01 (UTC), their weekday and place in the year, and the named days
// of a northern European year. Shared by all synthetic worlds.

#include <cstdint>
#include <string>
#include <vector>

namespace coterie::synth {

struct CivilDate {
  int year = 1970;
  int month = 1;
  int day = 1;
};
CivilDate civil_date(int32_t day);
int32_t day_number(CivilDate date);
int weekday(int32_t day);          // 0 = Monday
int day_of_year(int32_t day);      // 0 = 1 January
double week_of_year(int32_t day);  // [0, 52.3): day_of_year / 7

struct NamedDay {
  int32_t day = 0;
  std::string name;
};
// Public holidays and Black Friday within [first, last], ascending, one name a day.
std::vector<NamedDay> named_days(int32_t first, int32_t last);
int32_t easter_sunday(int year);
int32_t black_friday(int year);

}  // namespace coterie::synth
