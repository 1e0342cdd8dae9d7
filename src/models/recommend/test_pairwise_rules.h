#pragma once
// For tests: the rules of bpr and warp for the oracle, the world they are compared on.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "models/recommend/pairwise.h"
#include "models/recommend/test_pairwise_oracle.h"
#include "models/recommend/test_worlds.h"

namespace coterie::recommend {

inline PairwiseOracle::Rule bpr_rule() {
  return [](int32_t positive, const auto& score, const auto& met, const auto& draw, int32_t) {
    for (int draws = 0; draws < 10; ++draws) {
      const int32_t item = draw();
      if (!met(item)) {
        return std::pair(item, 1 / (1 + std::exp(score(positive) - score(item))));
      }
    }
    return std::pair(-1, 0.0);
  };
}

inline PairwiseOracle::Rule warp_rule(int max_sampled) {
  return [=](int32_t positive, const auto& score, const auto& met, const auto& draw,
             int32_t met_items) {
    for (int draws = 1; draws <= max_sampled; ++draws) {
      const int32_t item = draw();
      if (met(item) || score(item) - score(positive) + 1 <= 0) continue;
      return std::pair(item, std::log(std::max(1.0, std::floor((met_items - 1.0) / draws))));
    }
    return std::pair(-1, 0.0);
  };
}

// A world of four stripes in which some users and items have nothing.
inline math::Csr holed_world() {
  math::Csr world = group_world(11, 170, 140, 4, 0.3, 0.05);
  std::vector<uint8_t> dropped(world.indices.size(), 0);
  for (int32_t user = 0; user < world.rows; ++user) {
    for (int64_t e = world.offsets[user]; e < world.offsets[user + 1]; ++e) {
      dropped[e] = user % 41 == 7 || world.indices[e] % 53 == 9 ? 1 : 0;
    }
  }
  math::Csr out = math::leave_out(world, dropped);
  const double mean = std::accumulate(out.values.begin(), out.values.end(), 0.0) /
                      static_cast<double>(out.values.size());
  // Confidences of mean 1, so that value_power 1 leaves them as they are.
  for (float& value : out.values) value = static_cast<float>(value / mean);
  return out;
}

inline void expect_oracle(const PairwiseRecommender& model, const PairwiseOracle& oracle) {
  const int d = oracle.options.factors;
  ASSERT_GT(oracle.steps, 1000);
  const auto users = static_cast<int32_t>(model.user_factors().size()) / d;
  ASSERT_GE(users, oracle.data.rows);
  for (int32_t user = 0; user < users; ++user) {
    const auto row = oracle.user_row(user);
    for (int f = 0; f < d; ++f) {
      ASSERT_NEAR(model.user_factors()[user * d + f], row[f], 2e-4) << user;
    }
  }
  const auto items = static_cast<int32_t>(model.item_biases().size());
  for (int32_t item = 0; item < items; ++item) {
    const auto row = oracle.item_row(item);
    for (int f = 0; f < d; ++f) {
      ASSERT_NEAR(model.item_factors()[item * d + f], row[f], 2e-4) << item;
    }
    // The bias of items that nothing is known of has a test of its own.
    const bool known = std::any_of(row.begin(), row.end(), [](double v) { return v != 0; });
    if (!known) continue;
    ASSERT_NEAR(model.item_biases()[item], row[d], 2e-4) << item;
  }
}

}  // namespace coterie::recommend
