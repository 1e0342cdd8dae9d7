#pragma once
// Statistics that encodings take from data, kept with the feature's version. Those that describe a
// population as it was on a day (percentile buckets) are fitted anew by every build: a value at q
// uses the newest that were fitted at or before q, so nothing is known before its time. All others
// are fitted once a version.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace coterie::features {

struct FittedStatistics {
  Micros as_of = 0;
  std::vector<double> bounds;       // percentile buckets
  double centre = 0;                // scale
  double spread = 1;                // scale; 0 = all values are equal
  std::vector<std::string> values;  // one-hot and groups, most frequent first
};

// By feature reference ("recency_bucket@1"), ascending by as_of.
class FittedSet {
 public:
  void add(const std::string& reference, FittedStatistics statistics);  // replaces one of its as_of
  // The newest with as_of <= at, else null.
  const FittedStatistics* at(std::string_view reference, Micros at) const;
  const FittedStatistics* first(std::string_view reference) const;
  const std::map<std::string, std::vector<FittedStatistics>, std::less<>>& all() const {
    return statistics_;
  }

  // One feature's statistics as JSON, and back; kCorrupt.
  std::string to_text(std::string_view reference) const;
  Status read(const std::string& reference, std::string_view text);

 private:
  std::map<std::string, std::vector<FittedStatistics>, std::less<>> statistics_;
};

}  // namespace coterie::features
