// BPR and WARP with features of users and items: the steps against the oracle, newcomers.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "base/test_results.h"
#include "math/isa.h"
#include "models/recommend/bpr.h"
#include "models/recommend/popularity.h"
#include "models/recommend/test_pairwise_oracle.h"
#include "models/recommend/test_pairwise_rules.h"
#include "models/recommend/test_worlds.h"
#include "models/recommend/warp.h"

namespace coterie::recommend {
namespace {

// Up to three features a row with values from -1 to 1; some rows have none.
math::Csr random_features(uint64_t seed, int32_t rows, int32_t columns) {
  std::vector<int32_t> row_ids, column_ids;
  std::vector<float> values;
  for (int32_t row = 0; row < rows; ++row) {
    math::RandomStream random(seed, 5, static_cast<uint64_t>(row));
    for (uint32_t count = random.below(4); count > 0; --count) {
      row_ids.push_back(row);
      column_ids.push_back(static_cast<int32_t>(random.below(static_cast<uint32_t>(columns))));
      values.push_back(static_cast<float>(random.below(2001)) / 1000.0F - 1.0F);
    }
  }
  ThreadPool pool(1);
  return *math::csr_from_entries(rows, columns, row_ids, column_ids, values, pool);
}

// By code modulo groups, which is what `group_world` goes by: a one in that column.
math::Csr group_features(int32_t rows, int groups) {
  math::Csr features{.rows = rows, .cols = groups, .offsets = {0}, .indices = {}, .values = {}};
  for (int32_t row = 0; row < rows; ++row) {
    features.indices.push_back(row % groups);
    features.values.push_back(1);
    features.offsets.push_back(row + 1);
  }
  return features;
}

std::shared_ptr<const FeatureMatrices> both(math::Csr users, math::Csr items) {
  return std::make_shared<const FeatureMatrices>(
      FeatureMatrices{std::move(users), std::move(items)});
}

TEST(PairwiseFeaturesTest, EveryStepEqualsTheOracleOnEveryInstructionSet) {
  const math::Csr world = holed_world();
  const math::Csr users = random_features(31, world.rows + 5, 7);
  const math::Csr items = random_features(32, world.cols + 3, 9);
  for (const auto& features : {both(users, items), both(users, {}), both({}, items)}) {
    for (const int d : {3, 16, 21}) {
      const PairwiseOptions options{.factors = d,
                                    .epochs = 3,
                                    .learning_rate = 0.1,
                                    .regularisation = 0.05,
                                    .value_power = 1,
                                    .seed = 5,
                                    .features = features};
      const PairwiseOracle bpr_oracle(world, options, 2, bpr_rule());
      const PairwiseOracle warp_oracle(world, options, 4, warp_rule(6));
      for (const math::Isa isa : math::supported_isas()) {
        const math::ScopedIsa forced(isa);
        ThreadPool pool(3);
        Bpr bpr(options);
        ASSERT_EQ(error_text(bpr.fit(world, pool)), "");
        expect_oracle(bpr, bpr_oracle);
        Warp warp({.pairwise = options, .max_sampled = 6});
        ASSERT_EQ(error_text(warp.fit(world, pool)), "");
        expect_oracle(warp, warp_oracle);
      }
    }
  }
}

constexpr int kGroups = 4;
constexpr int32_t kUsers = 240, kItems = 160;

// The first users and items without the last ones' interactions.
math::Csr known_part(const math::Csr& world, int32_t users, int32_t items) {
  std::vector<uint8_t> dropped;
  for (int32_t user = 0; user < world.rows; ++user) {
    for (const int32_t item : world.row_indices(user)) {
      dropped.push_back(user >= users || item >= items ? 1 : 0);
    }
  }
  math::Csr part = math::leave_out(world, dropped);
  part.rows = users;
  part.cols = items;
  part.offsets.resize(static_cast<size_t>(users) + 1);
  return part;
}

class NewcomerTest : public testing::Test {
 protected:
  void SetUp() override {
    train_ = known_part(group_world(21, kUsers, kItems, kGroups, 0.4, 0.02), 200, 130);
    model_ = std::make_unique<Warp>(options());
    ASSERT_EQ(error_text(model_->fit(train_, pool_)), "");
  }
  WarpOptions options() const {
    return {.pairwise = {.factors = 16,
                         .epochs = 20,
                         .regularisation = 0.05,
                         .features = both(group_features(kUsers, kGroups),
                                          group_features(kItems, kGroups))},
            .max_sampled = 20};
  }
  // Of the first ten, how many are of the user's group; `history` has a row a user.
  double own_group(const Warp& model, int32_t user, const math::Csr& history,
                   std::span<const uint8_t> allowed = {}) {
    const TopK top =
        *model.recommend({&user, 1}, history, {.k = 10, .allowed_items = allowed}, pool_);
    const auto list = top.list(0);
    EXPECT_EQ(list.size(), 10U);
    return static_cast<double>(std::count_if(
        list.begin(), list.end(), [&](int32_t item) { return item % kGroups == user % kGroups; }));
  }
  math::Csr empty_histories() const {
    math::Csr history = train_;
    history.rows = kUsers;
    history.offsets.resize(kUsers + 1, train_.entries());
    return history;
  }

  ThreadPool pool_{2};
  math::Csr train_;
  std::unique_ptr<Warp> model_;
};

TEST_F(NewcomerTest, NewUsersAreServedFromTheirFeatures) {
  double found = 0;
  for (int32_t user = 200; user < kUsers; ++user) {
    found += own_group(*model_, user, empty_histories()) / 10;
  }
  EXPECT_GT(found / (kUsers - 200), 0.95);
}

TEST_F(NewcomerTest, NewItemsFindTheirUsers) {
  std::vector<uint8_t> only_new(kItems, 0);
  std::fill(only_new.begin() + 130, only_new.end(), 1);
  const math::Csr history = empty_histories();
  // Seven or eight of the thirty new items belong to each group.
  double found = 0;
  for (int32_t user = 0; user < kUsers; ++user) {
    found += own_group(*model_, user, history, only_new) / 7;
  }
  EXPECT_GT(found / kUsers, 0.95);
  const std::vector<int32_t> newcomer{140};
  const TopK near = *model_->similar_items(newcomer, 10, pool_);
  for (const int32_t item : near.list(0)) EXPECT_EQ(item % kGroups, 140 % kGroups);
}

TEST_F(NewcomerTest, AHistorySpeaksLouderThanFeaturesAndTheyBeforeIt) {
  // A newcomer of group 0 by features who met only what group 1 does.
  math::Csr history = empty_histories();
  const int32_t user = 200;
  for (int32_t item = 1; item < 60; item += kGroups) {
    history.indices.push_back(item);
    history.values.push_back(1);
  }
  for (int32_t row = user; row < kUsers; ++row) {
    history.offsets[row + 1] = static_cast<int64_t>(history.indices.size());
  }
  const TopK top = *model_->recommend({&user, 1}, history, {.k = 10}, pool_);
  const auto list = top.list(0);
  EXPECT_GT(std::count_if(list.begin(), list.end(), [](int32_t i) { return i % kGroups == 1; }), 5);
  const auto known = model_->user_factors().subspan(size_t{16} * user, 16);
  EXPECT_EQ(model_->fold_in({}, {}, known), std::vector<float>(known.begin(), known.end()));
}

TEST_F(NewcomerTest, WhoComesAfterTheFitIsDescribedWithoutTrainingAnew) {
  TemporaryFolder folder;
  WarpOptions before = options();
  before.pairwise.features = both(group_features(200, kGroups), group_features(130, kGroups));
  Warp early(before);
  ASSERT_EQ(error_text(early.fit(train_, pool_)), "");
  ASSERT_TRUE(early.save(folder / "early").ok());
  const auto loaded = *Warp::load(folder / "early");
  ASSERT_EQ(error_text(loaded->describe(options().pairwise.features)), "");
  EXPECT_TRUE(std::ranges::equal(loaded->user_factors(), model_->user_factors()));
  EXPECT_TRUE(std::ranges::equal(loaded->item_factors(), model_->item_factors()));
  EXPECT_TRUE(std::ranges::equal(loaded->item_biases(), model_->item_biases()));
  EXPECT_EQ(own_group(*loaded, 230, empty_histories()), own_group(*model_, 230, empty_histories()));
}

TEST_F(NewcomerTest, NewcomersWithoutAnyFeatureGetWhatIsPopular) {
  auto features = std::make_shared<FeatureMatrices>(*options().pairwise.features);
  features->users = known_part(features->users, 200, kGroups);
  features->users.rows = kUsers;
  features->users.offsets.resize(kUsers + 1, 200);
  ASSERT_EQ(error_text(model_->describe(features)), "");
  const math::Csr history = empty_histories();
  Popularity popular;
  ASSERT_TRUE(popular.fit(train_, pool_).ok());
  const int32_t user = 220;
  const TopK top = *model_->recommend({&user, 1}, history, {.k = 5}, pool_);
  const TopK expected = *popular.recommend({&user, 1}, history, {.k = 5}, pool_);
  EXPECT_EQ(top.items, expected.items);
}

TEST_F(NewcomerTest, FeaturesThatDoNotFitAreErrors) {
  const auto text = [&](math::Csr users, math::Csr items) {
    WarpOptions wrong = options();
    wrong.pairwise.features = both(std::move(users), std::move(items));
    return error_text(Warp(wrong).fit(train_, pool_));
  };
  const math::Csr items = group_features(kItems, kGroups);
  EXPECT_EQ(text(group_features(199, kGroups), items),
            "the features describe 199 users, there are 200\n  mend: give every one of them a row, "
            "an empty one where nothing is known");
  math::Csr infinite = items;
  infinite.values[6] = INFINITY;
  EXPECT_EQ(text({}, infinite), "feature 2 of items 6 has value inf: it must be finite");
  EXPECT_EQ(error_text(model_->describe(both(group_features(kUsers, 5), items))),
            "5 features of users are given, the model was trained with 4");
  EXPECT_EQ(error_text(model_->describe(both(group_features(kUsers, kGroups), {}))),
            "0 features of items are given, the model was trained with 4");
}

}  // namespace
}  // namespace coterie::recommend
