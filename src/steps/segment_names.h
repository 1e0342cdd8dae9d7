#pragma once
// Readable names for segments, by rules on how a segment differs from the average customer.

#include <string>
#include <vector>

namespace coterie::steps {

// What the customers' profiles are made of: the first of these that the project has.
enum class SegmentBasis {
  kPurchases,
  kActivity,  // articles met
  kEvents,    // events or sessions of any kind, on days
  kNothing,   // nobody did anything
};

// A segment's centre, each value as standard deviations from the mean customer (after logarithms);
// 0 where the data does not tell.
struct SegmentTraits {
  double recency = 0;      // days since the last purchase, interaction or event: high = long ago
  double frequency = 0;    // purchases, articles met or active days
  double monetary = 0;     // money spent in all
  double order_value = 0;  // money spent an order
  double tenure = 0;       // days since they became a customer
  double engagement = 0;   // sessions, events and wishes; of kActivity: interest an article; of
                           // kEvents: events an active day
};

struct SegmentName {
  std::string name;     // "High value"
  std::string meaning;  // "spend most and come back often"
};

// One name a segment, all different: of all pairs the one that fits best is taken first, then two
// segments change names while that fits better. Names that speak much of traits in which no two
// segments differ are left out; a segment for which no name is left is "Group 3". At most
// kSegmentNames segments. O(segments² · names).
std::vector<SegmentName> name_segments(const std::vector<SegmentTraits>& segments,
                                       SegmentBasis basis);

// Of customers without any purchase, interaction or event.
SegmentName name_of_absent(SegmentBasis basis);

inline constexpr int kSegmentNames = 12;

}  // namespace coterie::steps
