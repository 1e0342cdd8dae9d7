#include <algorithm>
#include <chrono>
#include <optional>

#include "base/posix_tz_internal.h"

namespace coterie {
namespace {

constexpr int64_t kDaySeconds = 86'400;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool done() const { return text_.empty(); }
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::optional<int> number(int max) {
    int value = 0;
    size_t digits = 0;
    while (digits < text_.size() && digits < 4 && text_[digits] >= '0' && text_[digits] <= '9') {
      value = value * 10 + (text_[digits++] - '0');
    }
    if (digits == 0 || value > max) return std::nullopt;
    text_.remove_prefix(digits);
    return value;
  }
  // A zone's abbreviation: letters, or anything in <>.
  bool name() {
    const size_t end =
        text_.starts_with('<') ? text_.find('>') : text_.find_first_of("+-0123456789,");
    if (end == 0 || (text_.starts_with('<') && end == std::string_view::npos)) return false;
    const bool bracketed = text_.starts_with('<');
    text_.remove_prefix(std::min(text_.size(), end) + (bracketed ? 1 : 0));
    return true;
  }
  // [+-]hh[:mm[:ss]] in seconds.
  std::optional<int32_t> time() {
    const bool negative = take('-');
    if (!negative) take('+');
    const auto hours = number(167);
    if (!hours) return std::nullopt;
    int32_t seconds = *hours * 3600;
    for (const int unit : {60, 1}) {
      if (!take(':')) break;
      const auto part = number(59);
      if (!part) return std::nullopt;
      seconds += *part * unit;
    }
    return negative ? -seconds : seconds;
  }

 private:
  std::string_view text_;
};

// One of the two yearly changes: M<month>.<week>.<weekday>, J<1..365> without 29 February, or
// <0..365> with it; at wall-clock second `at`.
struct YearRule {
  char kind = 'M';
  int month = 0, week = 0, day = 0;
  int32_t at = 2 * 3600;

  int64_t local_second(int year) const {
    using namespace std::chrono;
    sys_days date;
    if (kind == 'M') {
      const auto y = std::chrono::year{year};
      const auto m = std::chrono::month{static_cast<unsigned>(month)};
      const weekday wanted{static_cast<unsigned>(day)};
      date = week == 5 ? sys_days{y / m / wanted[last]}
                       : sys_days{y / m / wanted[static_cast<unsigned>(week)]};
    } else {
      const auto new_year = sys_days{std::chrono::year{year} / 1 / 1};
      const bool leap = std::chrono::year{year}.is_leap();
      const int skipped = kind == 'J' ? (leap && day >= 60 ? 0 : -1) : 0;
      date = new_year + days{day + skipped};
    }
    return date.time_since_epoch().count() * kDaySeconds + at;
  }
};

std::optional<YearRule> read_year_rule(Reader& in) {
  YearRule rule;
  if (in.take('M')) {
    const auto month = in.number(12);
    if (!month || *month < 1 || !in.take('.')) return std::nullopt;
    const auto week = in.number(5);
    if (!week || *week < 1 || !in.take('.')) return std::nullopt;
    const auto day = in.number(6);
    if (!day) return std::nullopt;
    rule.month = *month, rule.week = *week, rule.day = *day;
  } else {
    rule.kind = in.take('J') ? 'J' : 'N';
    const auto day = in.number(365);
    if (!day || (rule.kind == 'J' && *day < 1)) return std::nullopt;
    rule.day = *day;
  }
  if (in.take('/')) {
    const auto at = in.time();
    if (!at) return std::nullopt;
    rule.at = *at;
  }
  return rule;
}

int year_of(int64_t utc_second) {
  using namespace std::chrono;
  const auto date = floor<days>(sys_seconds{seconds{utc_second}});
  return static_cast<int>(year_month_day{date}.year());
}

}  // namespace

bool expand_posix_tz(std::string_view rule, int last_year, std::vector<OffsetChange>& changes) {
  Reader in(rule);
  if (!in.name()) return false;
  const auto west = in.time();  // POSIX counts offsets westwards
  if (!west) return false;
  const int32_t standard = -*west;
  const int64_t known_until = changes.empty() ? INT64_MIN : changes.back().utc_second;
  if (in.done()) {
    if (changes.empty()) changes.push_back({INT64_MIN, standard});
    return true;
  }
  if (!in.name()) return false;
  int32_t summer = standard + 3600;
  if (!in.take(',')) {
    const auto summer_west = in.time();
    if (!summer_west || !in.take(',')) return false;
    summer = -*summer_west;
  }
  const auto begin = read_year_rule(in);
  if (!begin || !in.take(',')) return false;
  const auto end = read_year_rule(in);
  if (!end || !in.done()) return false;
  const int first_year = changes.empty() ? 1970 : std::max(1800, year_of(known_until));
  std::vector<OffsetChange> expanded;
  for (int year = first_year; year <= last_year; ++year) {
    expanded.push_back({begin->local_second(year) - standard, summer});
    expanded.push_back({end->local_second(year) - summer, standard});
  }
  std::ranges::sort(expanded, {}, &OffsetChange::utc_second);
  for (const OffsetChange& change : expanded) {
    if (change.utc_second > known_until) changes.push_back(change);
  }
  return true;
}

}  // namespace coterie
