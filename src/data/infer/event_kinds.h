#pragma once
// The kinds of events in a table and how much each says about a taste, a purchase being 1.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/infer/table_profile.h"

namespace coterie::data {

struct EventKind {
  std::string kind;   // lower case, as events.weights compares them
  double weight = 0;  // of events.weights in coterie.yaml
  int64_t rows = 0;   // in the sample
  bool known = true;  // false: no word of it is known, the weight is a mere default
};

EventKind weigh_event_kind(const std::string& kind, int64_t rows);

// The 30 most frequent kinds of the sample, most frequent first. `mapped` is what event_type comes
// from: a column, or a constant "= 'view'".
Result<std::vector<EventKind>> find_event_kinds(Connection& connection, const TableProfile& table,
                                                const std::string& mapped);

}  // namespace coterie::data
