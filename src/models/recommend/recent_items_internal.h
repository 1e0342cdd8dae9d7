#pragma once
// What of a history counts how much, for models of sequences.

#include <cstdint>
#include <vector>

#include "models/recommend/recommender.h"

namespace coterie::recommend {

struct RecentOptions {
  double memory = 1;  // weight of an item by that of the next newer one
  double across = 1;  // the same, more, for every session between
};

// The distinct known items of a user with their weights: the newest has 1. Without an order all
// weigh 1. Owns its scratch: one a thread.
class RecentItems {
 public:
  explicit RecentItems(int32_t item_count) : seen_(static_cast<size_t>(item_count), 0) {}
  void assign(int32_t user, const math::Csr& history, const OrderedHistory* order,
              const RecentOptions& options);

  std::vector<int32_t> items;
  std::vector<float> weights;

 private:
  void add(int32_t item, double weight);
  std::vector<uint8_t> seen_;
};

}  // namespace coterie::recommend
