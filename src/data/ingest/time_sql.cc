#include "data/ingest/time_sql.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace coterie::data {
namespace {

constexpr Micros kFrom = -25'567 * kMicrosPerDay;  // 1900-01-01
constexpr Micros kTo = 84'006 * kMicrosPerDay;     // 2200-01-01

struct Step {
  Micros begins;
  int64_t offset_micros;  // from here on
};

std::string tree(const std::vector<Step>& steps, size_t first, size_t last,
                 const std::string& column) {
  if (first == last) return std::to_string(steps[first].offset_micros);
  const size_t middle = (first + last + 1) / 2;
  return fmt::format("CASE WHEN {} < {} THEN {} ELSE {} END", column, steps[middle].begins,
                     tree(steps, first, middle - 1, column), tree(steps, middle, last, column));
}

// `shift` says at which value of the column a change of the offset applies.
template <typename Shift>
std::string offset_sql(const TimeZone& zone, const std::string& column, const Shift& shift) {
  int64_t offset = int64_t{zone.offset_seconds(kFrom)} * kMicrosPerSecond;
  std::vector<Step> steps = {{INT64_MIN, offset}};
  for (const Micros change : zone.changes(kFrom, kTo)) {
    const int64_t next = int64_t{zone.offset_seconds(change)} * kMicrosPerSecond;
    if (next != offset) steps.push_back({change + shift(offset, next), next});
    offset = next;
  }
  return tree(steps, 0, steps.size() - 1, column);
}

}  // namespace

std::string utc_offset_sql(const TimeZone& zone, const std::string& column) {
  return offset_sql(zone, column, [](int64_t, int64_t) { return int64_t{0}; });
}

std::string local_offset_sql(const TimeZone& zone, const std::string& column) {
  // A skipped wall time keeps the offset before the change, a repeated one its first occurrence:
  // in both cases the old offset holds until the later of the two readings of the change.
  return offset_sql(zone, column,
                    [](int64_t before, int64_t after) { return std::max(before, after); });
}

}  // namespace coterie::data
