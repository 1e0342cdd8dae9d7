#pragma once
// Small worlds of interactions for the tests of recommenders.

#include <cmath>
#include <cstdint>
#include <vector>

#include "base/threads.h"
#include "math/random.h"
#include "math/random_distributions.h"
#include "math/sparse.h"

namespace coterie::recommend {

// Users and items in `groups` equal groups (by code modulo groups): a user meets items of its own
// group with probability `inside`, of another with `outside`. Confidences 1 or 2.
inline math::Csr group_world(uint64_t seed, int32_t users, int32_t items, int groups, double inside,
                             double outside) {
  std::vector<int32_t> rows, cols;
  std::vector<float> values;
  for (int32_t u = 0; u < users; ++u) {
    math::RandomStream random(seed, 1, static_cast<uint64_t>(u));
    for (int32_t i = 0; i < items; ++i) {
      if (!random.chance(u % groups == i % groups ? inside : outside)) continue;
      rows.push_back(u);
      cols.push_back(i);
      values.push_back(random.chance(0.3) ? 2.0F : 1.0F);
    }
  }
  ThreadPool pool(1);
  return *math::csr_from_entries(users, items, rows, cols, values, pool);
}

// Latent tastes: P(u meets i) grows with p_uᵀq_i and the item's popularity. `scores` (users ×
// items) is the oracle ranker.
struct TasteWorld {
  math::Csr train, test;
  std::vector<float> scores;
};

inline TasteWorld taste_world(uint64_t seed, int32_t users, int32_t items, int tastes) {
  std::vector<float> p, q;
  for (int32_t i = 0; i < (users + items) * tastes; ++i) {
    math::RandomStream random(seed, 2, static_cast<uint64_t>(i));
    (i < users * tastes ? p : q).push_back(static_cast<float>(math::normal(random)));
  }
  TasteWorld world;
  world.scores.resize(static_cast<size_t>(users) * items);
  std::vector<int32_t> rows[2], cols[2];
  for (int32_t u = 0; u < users; ++u) {
    math::RandomStream random(seed, 3, static_cast<uint64_t>(u));
    for (int32_t i = 0; i < items; ++i) {
      double logit = -3.0 + 1.0 * std::cos(i * 0.37);
      for (int t = 0; t < tastes; ++t) logit += 0.9 * p[u * tastes + t] * q[i * tastes + t];
      world.scores[static_cast<size_t>(u) * items + i] = static_cast<float>(logit);
      if (!random.chance(1 / (1 + std::exp(-logit)))) continue;
      const int part = random.chance(0.25) ? 1 : 0;
      rows[part].push_back(u);
      cols[part].push_back(i);
    }
  }
  ThreadPool pool(1);
  for (int part = 0; part < 2; ++part) {
    const std::vector<float> ones(rows[part].size(), 1.0F);
    auto matrix = *math::csr_from_entries(users, items, rows[part], cols[part], ones, pool);
    (part == 0 ? world.train : world.test) = std::move(matrix);
  }
  return world;
}

}  // namespace coterie::recommend
