#include <fmt/format.h>

#include "models/recommend/sequences_internal.h"

namespace coterie::recommend {

OrderedHistory without_order(const math::Csr& interactions) {
  OrderedHistory order;
  order.offsets = interactions.offsets;
  order.items = interactions.indices;
  order.starts.assign(order.items.size(), 0);
  for (int32_t user = 0; user < interactions.rows; ++user) {
    if (order.offsets[user] < order.offsets[user + 1]) order.starts[order.offsets[user]] = 1;
  }
  return order;
}

Occurrences find_occurrences(const OrderedHistory& order, int32_t users, int32_t items) {
  Occurrences found;
  found.offsets.assign(static_cast<size_t>(items) + 1, 0);
  const int64_t events = order.offsets[users];
  for (int64_t at = 0; at < events; ++at) {
    if (order.items[at] < items) ++found.offsets[order.items[at] + 1];
  }
  for (int32_t item = 0; item < items; ++item) found.offsets[item + 1] += found.offsets[item];
  std::vector<int64_t> next(found.offsets.begin(), found.offsets.end() - 1);
  found.places.resize(static_cast<size_t>(found.offsets.back()));
  found.users.resize(found.places.size());
  for (int32_t user = 0; user < users; ++user) {
    for (int64_t at = order.offsets[user]; at < order.offsets[user + 1]; ++at) {
      if (order.items[at] >= items) continue;
      const int64_t place = next[order.items[at]]++;
      found.places[place] = at;
      found.users[place] = user;
    }
  }
  return found;
}

Status check_range(const char* name, double value, double low, double high) {
  if (value >= low && value <= high) return {};
  return invalid_input(fmt::format("{} = {} is out of range", name, value))
      .for_key(name)
      .with_mend(fmt::format("use a value from {} to {}", low, high));
}

}  // namespace coterie::recommend
