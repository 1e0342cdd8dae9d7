#include "tuning/als_tuning.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "models/recommend/test_worlds.h"

namespace coterie::tuning {
namespace {

// Mean recall@20 of a model with these settings on the world's test.
double recall_of(const recommend::TasteWorld& world, const recommend::AlsOptions& options,
                 ThreadPool& pool) {
  recommend::Als model(options);
  EXPECT_TRUE(model.fit(world.train, pool).ok());
  double sum = 0;
  int users = 0;
  for (int32_t user = 0; user < world.test.rows; ++user) {
    const auto truth = world.test.row_indices(user);
    if (truth.empty()) continue;
    const auto top = *model.recommend({&user, 1}, world.train, {.k = 20}, pool);
    int hits = 0;
    for (const int32_t item : top.list(0)) {
      hits += std::binary_search(truth.begin(), truth.end(), item) ? 1 : 0;
    }
    sum += static_cast<double>(hits) / static_cast<double>(truth.size());
    ++users;
  }
  return sum / users;
}

TEST(AlsTuningTest, FindsSettingsNearTheBestOfAGrid) {
  const auto world = recommend::taste_world(9, 600, 200, 3);
  ThreadPool pool(2);
  recommend::AlsOptions base;
  base.factors = 8;
  base.sweeps = 8;
  double best = 0;
  double worst = 1;
  for (const double w0 : {0.01, 0.1, 1.0}) {
    for (const double regularisation : {0.0003, 0.003, 0.03, 0.3}) {
      recommend::AlsOptions options = base;
      options.unobserved_weight = w0;
      options.regularisation = regularisation;
      const double recall = recall_of(world, options, pool);
      best = std::max(best, recall);
      worst = std::min(worst, recall);
    }
  }
  const auto tuned = tune_als(world.train, base, {}, pool);
  ASSERT_TRUE(tuned.ok()) << tuned.error().to_text();
  EXPECT_LE(tuned->trials.size(), 40U);
  const double reached = recall_of(world, tuned->options, pool);
  EXPECT_GT(reached, best - 0.15 * (best - worst)) << best << " " << worst;
}

TEST(AlsTuningTest, KeepsWhatIsSetAndIsTheSameForEveryThreadCount) {
  const auto world = recommend::taste_world(2, 200, 80, 2);
  recommend::AlsOptions base;
  base.factors = 6;
  base.unobserved_weight = 0.37;
  AlsTuningOptions options;
  options.choose_unobserved_weight = false;
  std::vector<double> chosen;
  for (const int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    const auto tuned = *tune_als(world.train, base, options, pool);
    EXPECT_EQ(tuned.options.unobserved_weight, 0.37);
    EXPECT_EQ(tuned.options.factors, 6);
    EXPECT_EQ(tuned.options.sweeps, base.sweeps);
    chosen.push_back(tuned.options.regularisation);
    EXPECT_EQ(chosen.front(), chosen.back());
    EXPECT_TRUE(tuned.trials.front().coarse);
    EXPECT_FALSE(tuned.trials.back().coarse);
    for (const AlsTrial& trial : tuned.trials) {
      if (!trial.coarse) {
        EXPECT_LE(trial.score, tuned.score);
      }
    }
  }
}

TEST(AlsTuningTest, NeedsSomethingToHoldOut) {
  ThreadPool pool(1);
  const std::vector<int32_t> users{0, 1, 2};
  const std::vector<float> ones(3, 1.0F);
  const auto single = *math::csr_from_entries(3, 3, users, users, ones, pool);
  const auto tuned = tune_als(single, {}, {}, pool);
  ASSERT_FALSE(tuned.ok());
  EXPECT_EQ(tuned.error().to_text(),
            "no user has two interactions, so settings cannot be chosen\n  mend: set both w0 and "
            "regularisation");
  EXPECT_EQ(tune_als(math::Csr{}, {}, {}, pool).error().message,
            "there are no interactions to learn from");
}

}  // namespace
}  // namespace coterie::tuning
