// The choice of what a hybrid is made of.
#include "tuning/hybrid_tuning.h"

#include <gtest/gtest.h>

#include "base/test_results.h"
#include "math/random.h"
#include "models/recommend/test_content.h"
#include "models/recommend/test_worlds.h"

namespace coterie::tuning {
namespace {

std::vector<Recipe> recipes(const std::vector<std::string>& names) {
  std::vector<Recipe> recipes;
  for (const std::string& name : names) {
    recipes.push_back({.name = name});
    recipes.back().als.factors = 8;
    recipes.back().als.sweeps = 4;
  }
  return recipes;
}

TEST(HybridTuningTest, IsNoWorseThanItsBestMemberForAnyNumberOfThreads) {
  const auto world = recommend::taste_world(5, 400, 80, 2);
  std::vector<std::vector<double>> weights;
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    int seen = 0;
    KindTuningOptions options;
    options.on_trial = [&] { ++seen; };
    HybridRecipe recipe;
    recipe.members = recipes({"itemknn", "puresvd", "popularity"});
    recipe.options.depth = 40;
    const auto tuned = tune_hybrid(recipe, world.train, options, pool);
    ASSERT_TRUE(tuned.ok()) << error_text(tuned.error());
    ASSERT_EQ(tuned->tried.size(), 3U);
    for (const auto& member : tuned->tried) EXPECT_GE(tuned->score, member.score) << member.name;
    EXPECT_GT(seen, tuned->blends);
    EXPECT_GT(tuned->blends, 4);
    const recommend::HybridOptions& chosen = tuned->recipe.options;
    ASSERT_EQ(chosen.bands.size(), 1U);
    ASSERT_EQ(chosen.bands[0].weights.size(), tuned->recipe.members.size());
    for (const double weight : chosen.bands[0].weights) EXPECT_GT(weight, 0);
    weights.push_back(chosen.bands[0].weights);
    EXPECT_EQ(weights.front(), weights.back());
    const auto model = make_hybrid(tuned->recipe, {});
    EXPECT_EQ(error_text(model->fit(world.train, pool)), "");
    EXPECT_EQ(model->members(), tuned->recipe.members.size());
  }
}

// Who met many items has a taste; who met three met one of a taste, and two of the first ten items
// that everybody meets, whatever the taste.
TEST(HybridTuningTest, SwitchesWhereHistoriesSuffice) {
  math::Csr world = recommend::group_world(3, 600, 120, 3, 0.5, 0.02);
  for (int32_t user = 0; user < 600; ++user) {
    math::RandomStream random(1, 1, static_cast<uint64_t>(user));
    const auto first = static_cast<int32_t>(random.below(5));
    const auto second = 5 + static_cast<int32_t>(random.below(5));
    const auto other = 10 + static_cast<int32_t>(random.below(110));
    for (const int32_t item : {first, second, other}) {
      world.indices.push_back(item);
      world.values.push_back(1);
    }
    world.offsets.push_back(std::ssize(world.indices));
    ++world.rows;
  }
  ThreadPool pool(2);
  HybridRecipe recipe;
  recipe.mode = HybridMode::kSwitching;
  recipe.members = recipes({"popularity", "itemknn", "puresvd"});
  recipe.options.depth = 20;
  const auto tuned = tune_hybrid(recipe, world, {}, pool);
  ASSERT_TRUE(tuned.ok()) << error_text(tuned.error());
  for (const auto& member : tuned->tried) EXPECT_GT(tuned->score, member.score) << member.name;
  const std::vector<recommend::HybridBand>& bands = tuned->recipe.options.bands;
  ASSERT_EQ(bands.size(), 2U);
  EXPECT_EQ(bands[0].from, 0);
  EXPECT_GT(bands[1].from, 2);
  EXPECT_NE(bands[0].weights, bands[1].weights);
  for (const recommend::HybridBand& band : bands) EXPECT_EQ(band.weights[0] + band.weights[1], 1);
  const auto model = make_hybrid(tuned->recipe, {});
  EXPECT_EQ(error_text(model->fit(world, pool)), "");
}

TEST(HybridTuningTest, WithoutAnythingToHoldOutAllWeighTheSame) {
  ThreadPool pool(1);
  const std::vector<int32_t> rows{0, 1, 2}, cols{0, 1, 1};
  const std::vector<float> values{1, 1, 1};
  const auto single = *math::csr_from_entries(3, 2, rows, cols, values, pool);
  HybridRecipe recipe;
  recipe.members = recipes({"als", "popularity"});
  const auto tuned = tune_hybrid(recipe, single, {}, pool);
  ASSERT_TRUE(tuned.ok()) << error_text(tuned.error());
  EXPECT_TRUE(tuned->unjudged);
  EXPECT_EQ(tuned->recipe.options.bands[0].weights, (std::vector<double>{1, 1}));
  EXPECT_EQ(error_text(make_hybrid(tuned->recipe, {})->fit(single, pool)), "");
}

TEST(HybridTuningTest, MembersByDefault) {
  EXPECT_EQ(default_members(100, {}), (std::vector<std::string>{"als", "gfcf", "itemknn", "ease"}));
  EXPECT_EQ(default_members(40'000, {.content = recommend::random_content(1, 60)}),
            (std::vector<std::string>{"als", "gfcf", "itemknn", "content"}));
}

TEST(RecipeTest, UnknownModelsAreErrors) {
  ThreadPool pool(1);
  const auto world = recommend::taste_world(3, 50, 30, 2);
  const auto chosen = choose_settings({.name = "magic"}, world.train, {}, pool);
  ASSERT_FALSE(chosen.ok());
  EXPECT_NE(chosen.error().to_text().find("there is no model 'magic'"), std::string::npos);
  EXPECT_NE(chosen.error().to_text().find("als, popularity"), std::string::npos);
}

}  // namespace
}  // namespace coterie::tuning
