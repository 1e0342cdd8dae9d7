#pragma once
// The days of a part that a later write has replaced. Parts are never changed, so replacing a day
// that lies inside a bulk part hides its rows there; compaction writes such parts anew. Private to
// this folder. A value type.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coterie::data {

class DayMask {
 public:
  // Both ends are included; days since 1970-01-01.
  struct Range {
    int32_t first;
    int32_t last;
    bool operator==(const Range&) const = default;
  };

  void add(int32_t first, int32_t last);  // merges with what touches it
  bool hides(int32_t day) const;
  bool empty() const { return ranges_.empty(); }
  const std::vector<Range>& ranges() const { return ranges_; }

  // "18000:18006,18100:18100", ascending; "" hides nothing.
  std::string to_text() const;
  static Result<DayMask> parse(std::string_view text);
  // SQL that is true for visible rows: "NOT (d BETWEEN ... OR ...)"; "" when nothing is hidden.
  std::string to_sql(const std::string& day_column) const;

  bool operator==(const DayMask&) const = default;

 private:
  std::vector<Range> ranges_;  // disjoint, not adjacent, ascending
};

// "2020-09-22" of days since 1970-01-01.
std::string day_text(int32_t day);

}  // namespace coterie::data
