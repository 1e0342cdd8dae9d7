// The choice of settings that are data.
#include <gtest/gtest.h>

#include "base/test_results.h"
#include "models/recommend/test_content.h"
#include "models/recommend/test_worlds.h"
#include "tuning/recommender_kinds.h"

namespace coterie::tuning {
namespace {

TEST(KindTuningTest, EveryKindMakesAModelOfItsName) {
  const auto world = recommend::taste_world(3, 200, 60, 2);
  ThreadPool pool(2);
  for (const RecommenderKind& kind : recommender_kinds()) {
    SettingValues values;
    for (const Setting& setting : kind.settings) {
      values[setting.key] = setting.initial();
      EXPECT_GE(setting.initial(), setting.low) << kind.name << " " << setting.key;
      EXPECT_LE(setting.initial(), setting.high) << kind.name << " " << setting.key;
      for (const double value : setting.tried) {
        EXPECT_FALSE(setting.text(value).empty());
        EXPECT_TRUE(value >= setting.low && value <= setting.high) << setting.key;
      }
    }
    MakeOptions make;
    if (kind.needs_content) make.content = recommend::random_content(1, 60);
    const auto model = kind.make(values, make);
    EXPECT_EQ(model->name(), kind.name);
    EXPECT_EQ(error_text(model->fit(world.train, pool)), "") << kind.name;
    EXPECT_EQ(find_kind(kind.name), &kind);
  }
  EXPECT_EQ(find_kind("magic"), nullptr);
}

TEST(KindTuningTest, ChoosesTheBestOfWhatItTriesForAnyNumberOfThreads) {
  const auto world = recommend::taste_world(2, 300, 80, 2);
  const RecommenderKind& kind = *find_kind("itemknn");
  std::vector<SettingValues> chosen;
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    int seen = 0;
    KindTuningOptions options;
    options.on_trial = [&] { ++seen; };
    const auto tuned = *tune_kind(kind, {{"shrinkage", 7.5}}, world.train, options, pool);
    EXPECT_EQ(tuned.values.at("shrinkage"), 7.5);
    EXPECT_EQ(tuned.values.at("k1"), 1.2);
    EXPECT_EQ(tuned.values.at("value_power"), 0) << "all confidences are the same";
    EXPECT_GT(tuned.trials.size(), 4U);
    EXPECT_EQ(static_cast<size_t>(seen), tuned.trials.size());
    for (const KindTrial& trial : tuned.trials) EXPECT_LE(trial.score, tuned.score);
    chosen.push_back(tuned.values);
    EXPECT_EQ(chosen.front(), chosen.back());
  }
}

TEST(KindTuningTest, ContentWeighsOnlyWhatTheCatalogueHas) {
  // Attributes say which group an item is of, colours say nothing.
  const math::Csr world = recommend::group_world(11, 200, 90, 3, 0.3, 0.02);
  recommend::ItemContent catalogue{.items = 90, .columns = {}};
  for (const auto kind : {recommend::ContentKind::kAttribute, recommend::ContentKind::kColour}) {
    catalogue.columns.push_back(recommend::empty_column(kind, "column", 90));
  }
  for (int32_t item = 0; item < 90; ++item) {
    catalogue.columns[0].texts[item] = std::to_string(item % 3);
    catalogue.columns[1].texts[item] = std::to_string(item * 7919 % 5);
  }
  KindTuningOptions options;
  options.make.content = take(recommend::encode_content(catalogue));
  ThreadPool pool(2);
  const auto tuned = take(tune_kind(*find_kind("content"), {}, world, options, pool));
  EXPECT_GT(tuned.values.at("attribute"), tuned.values.at("colour"));
  EXPECT_EQ(tuned.values.at("price"), 0.5) << "the start: there are no prices";
  EXPECT_LT(tuned.trials.size(), 25U);
}

TEST(KindTuningTest, WithoutAnythingToHoldOutTheStartIsTaken) {
  ThreadPool pool(1);
  const std::vector<int32_t> users{0, 1, 2};
  const std::vector<float> ones(3, 1.0F);
  const auto single = *math::csr_from_entries(3, 3, users, users, ones, pool);
  const RecommenderKind& kind = *find_kind("itemknn");
  const auto tuned = *tune_kind(kind, {}, single, {}, pool);
  EXPECT_TRUE(tuned.unjudged);
  EXPECT_TRUE(tuned.trials.empty());
  for (const Setting& setting : kind.settings) {
    EXPECT_EQ(tuned.values.at(setting.key), setting.initial());
  }
  EXPECT_EQ(tune_kind(kind, {}, math::Csr{}, {}, pool).error().message,
            "there are no interactions to learn from");
}

}  // namespace
}  // namespace coterie::tuning
