#pragma once
// Events by item, for models of sequences.

#include <cstdint>
#include <vector>

#include "models/recommend/ordered_history.h"
#include "models/recommend/recommender.h"

namespace coterie::recommend {

// The items of every user as one session in the order of their codes, which means nothing.
OrderedHistory without_order(const math::Csr& interactions);

// Where each item of the first `users` rows stands. Items beyond `items` are nowhere.
struct Occurrences {
  std::vector<int64_t> offsets;  // items + 1
  std::vector<int64_t> places;   // of events, ascending
  std::vector<int32_t> users;    // whose they are
};
Occurrences find_occurrences(const OrderedHistory& order, int32_t users, int32_t items);

// kInvalidInput naming the setting unless low <= value <= high.
Status check_range(const char* name, double value, double low, double high);

}  // namespace coterie::recommend
