#pragma once
// Readable names for segments, by rules on how a segment differs from the average customer.

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace coterie::steps {

// A segment's centre, each value as standard deviations from the mean customer (after logarithms);
// 0 where the data does not tell.
struct SegmentTraits {
  double recency = 0;      // days since the last purchase: high = long ago
  double frequency = 0;    // purchases
  double monetary = 0;     // money spent in all
  double order_value = 0;  // money spent an order
  double tenure = 0;       // days since they became a customer
  double engagement = 0;   // sessions, events and wishes
};

struct SegmentName {
  std::string name;     // "High value"
  std::string meaning;  // "spend most and come back often"
};

// One name a segment, all different: of all pairs the one that fits best is taken first. At most
// kSegmentNames segments. O(segments² · names).
std::vector<SegmentName> name_segments(const std::vector<SegmentTraits>& segments);

inline constexpr int kSegmentNames = 12;

}  // namespace coterie::steps
