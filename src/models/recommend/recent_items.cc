#include <fmt/format.h>

#include "models/recommend/recent_items_internal.h"

namespace coterie::recommend {
namespace {

// What weighs less could not move a list.
constexpr double kLeastWeight = 1e-6;

}  // namespace

Status check_order(const OrderedHistory& order, int32_t users) {
  if (order.rows() < users) {
    return invalid_input(
        fmt::format("the order of {} users for interactions of {}", order.rows(), users));
  }
  if (order.items.size() != order.starts.size() ||
      order.offsets.back() != static_cast<int64_t>(order.items.size())) {
    return invalid_input(fmt::format("an order of {} events has {} items and {} starts",
                                     order.offsets.back(), order.items.size(),
                                     order.starts.size()));
  }
  if (!order.ages.empty() && order.ages.size() != order.items.size()) {
    return invalid_input(
        fmt::format("an order of {} events has {} ages", order.items.size(), order.ages.size()));
  }
  for (const float age : order.ages) {
    if (!(age >= 0 && age <= 1)) {
      return invalid_input(fmt::format("the age {} is not from 0 to 1", age));
    }
  }
  for (const int32_t item : order.items) {
    if (item < 0) return invalid_input(fmt::format("item {} is negative", item));
  }
  return {};
}

void RecentItems::add(int32_t item, double weight) {
  if (item >= static_cast<int32_t>(seen_.size()) || seen_[item] != 0) return;
  seen_[item] = 1;
  items.push_back(item);
  weights.push_back(static_cast<float>(weight));
}

void RecentItems::assign(int32_t user, const math::Csr& history, const OrderedHistory* order,
                         const RecentOptions& options) {
  items.clear();
  weights.clear();
  if (order == nullptr) {
    for (const int32_t item : history.row_indices(user)) add(item, 1);
  } else {
    const auto events = order->row_items(user);
    const auto starts = order->row_starts(user);
    double weight = 1;
    for (size_t at = events.size(); at-- > 0 && weight >= kLeastWeight;) {
      const size_t before = items.size();
      add(events[at], weight);
      if (items.size() > before) weight *= options.memory;
      if (starts[at] != 0) weight *= options.across;
    }
  }
  for (const int32_t item : items) seen_[item] = 0;
}

}  // namespace coterie::recommend
