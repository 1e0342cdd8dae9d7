#include <algorithm>
#include <charconv>
#include <string>

#include "base/clock.h"
#include "data/engine/sql_text.h"
#include "data/warehouse/day_mask_internal.h"

namespace coterie::data {

void DayMask::add(int32_t first, int32_t last) {
  std::vector<Range> merged;
  Range grown{first, last};
  for (const Range& range : ranges_) {
    // int64: the neighbours of the last representable day.
    const bool touches =
        int64_t{range.last} + 1 >= grown.first && int64_t{grown.last} + 1 >= range.first;
    if (touches) {
      grown = {std::min(grown.first, range.first), std::max(grown.last, range.last)};
    } else {
      merged.push_back(range);
    }
  }
  const auto place =
      std::ranges::find_if(merged, [&](const Range& range) { return range.first > grown.first; });
  merged.insert(place, grown);
  ranges_ = std::move(merged);
}

bool DayMask::hides(int32_t day) const {
  return std::ranges::any_of(
      ranges_, [&](const Range& range) { return range.first <= day && day <= range.last; });
}

std::string DayMask::to_text() const {
  std::string text;
  for (const Range& range : ranges_) {
    if (!text.empty()) text += ",";
    text += std::to_string(range.first) + ":" + std::to_string(range.last);
  }
  return text;
}

Result<DayMask> DayMask::parse(std::string_view text) {
  DayMask mask;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    Range range{};
    const auto first = std::from_chars(at, end, range.first);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') break;
    const auto last = std::from_chars(first.ptr + 1, end, range.last);
    if (last.ec != std::errc() || range.last < range.first) break;
    mask.add(range.first, range.last);
    at = last.ptr;
    if (at != end && *at == ',' && at + 1 != end) ++at;
  }
  if (at != end) return corrupt("not a list of days: '" + std::string(text) + "'");
  return mask;
}

std::string DayMask::to_sql(const std::string& day_column) const {
  std::string sql;
  for (const Range& range : ranges_) {
    sql += sql.empty() ? "NOT (" : " OR ";
    sql += quote_name(day_column) + " BETWEEN DATE '" + day_text(range.first) + "' AND DATE '" +
           day_text(range.last) + "'";
  }
  return sql.empty() ? sql : sql + ")";
}

std::string day_text(int32_t day) { return format_utc(int64_t{day} * kMicrosPerDay).substr(0, 10); }

}  // namespace coterie::data
