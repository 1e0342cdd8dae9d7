// BPR and WARP: the tiles, the steps against the oracle, what is learnt, newcomers.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "base/cancel.h"
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

TEST(PairwiseTest, EveryStepEqualsTheOracleOnEveryInstructionSet) {
  const math::Csr world = holed_world();
  for (const int d : {1, 7, 16, 35}) {
    const PairwiseOptions options{.factors = d,
                                  .epochs = 4,
                                  .learning_rate = 0.1,
                                  .regularisation = 0.01,
                                  .value_power = 1,
                                  .seed = 5};
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

TEST(PairwiseTest, AnEpochTakesEveryInteractionOnceAndTilesOfARoundShareNoRow) {
  const math::Csr world = holed_world();
  ThreadPool pool(2);
  PairwiseTiles tiles(world, 3);
  ASSERT_EQ(tiles.stripes(), 4);
  std::vector<int32_t> first_deal;
  for (int epoch = 0; epoch < 3; ++epoch) {
    tiles.deal(epoch, pool);
    std::set<std::pair<int32_t, int32_t>> taken;
    for (int round = 0; round < tiles.stripes(); ++round) {
      std::set<int32_t> users, items;
      for (int range = 0; range < tiles.stripes(); ++range) {
        const int stripe = tiles.stripe_of(round, range);
        auto random = tiles.stream(range, stripe);
        const auto own = tiles.stripe_items(stripe);
        std::set<int32_t> tile_users;
        TileHistories histories;
        for (const auto& sample : tiles.shuffled(range, stripe, random, histories)) {
          const auto history = histories.of(sample.user);
          EXPECT_TRUE(std::binary_search(history.begin(), history.end(), sample.item));
          EXPECT_TRUE(taken.insert({sample.user, sample.item}).second);
          EXPECT_NE(std::find(own.begin(), own.end(), sample.item), own.end());
          tile_users.insert(sample.user);
        }
        for (const int32_t user : tile_users) EXPECT_TRUE(users.insert(user).second) << user;
        for (const int32_t item : own) EXPECT_TRUE(items.insert(item).second) << item;
      }
      EXPECT_EQ(items.size(), tiles.met_items().size());
    }
    EXPECT_EQ(static_cast<int64_t>(taken.size()), world.entries());
    const auto dealt = tiles.stripe_items(0);
    const std::vector<int32_t> deal(dealt.begin(), dealt.end());
    EXPECT_NE(deal, first_deal) << "each epoch deals anew";
    first_deal = deal;
  }
}

// Held-out items in the lists of all users, whose histories are rows first, first + 1, ...
double hits(const Recommender& model, const TasteWorld& world, ThreadPool& pool,
            const math::Csr& history, int32_t first) {
  std::vector<int32_t> users(static_cast<size_t>(world.train.rows));
  std::iota(users.begin(), users.end(), first);
  const TopK top = *model.recommend(users, history, {.k = 10}, pool);
  double found = 0;
  for (const int32_t user : users) {
    const auto test = world.test.row_indices(user - first);
    for (const int32_t item : top.list(user - first)) {
      found += std::binary_search(test.begin(), test.end(), item) ? 1 : 0;
    }
  }
  return found;
}

TEST(PairwiseTest, FindsTastesThatPopularityDoesNot) {
  const auto world = taste_world(4, 600, 150, 3);
  ThreadPool pool(2);
  Popularity popular;
  ASSERT_TRUE(popular.fit(world.train, pool).ok());
  const double base = hits(popular, world, pool, world.train, 0);
  const PairwiseOptions options{.factors = 16, .epochs = 30};
  Bpr bpr(options);
  ASSERT_TRUE(bpr.fit(world.train, pool).ok());
  EXPECT_GT(hits(bpr, world, pool, world.train, 0), 1.5 * base);
  Warp warp({.pairwise = options});
  ASSERT_TRUE(warp.fit(world.train, pool).ok());
  EXPECT_GT(hits(warp, world, pool, world.train, 0), 1.5 * base);
}

// Everybody once more, as somebody that the model never saw.
math::Csr twice(const math::Csr& matrix) {
  math::Csr out = matrix;
  out.rows *= 2;
  out.indices.insert(out.indices.end(), matrix.indices.begin(), matrix.indices.end());
  out.values.insert(out.values.end(), matrix.values.begin(), matrix.values.end());
  for (int32_t user = 1; user <= matrix.rows; ++user) {
    out.offsets.push_back(matrix.entries() + matrix.offsets[user]);
  }
  return out;
}

void expect_newcomers_served(PairwiseRecommender& model) {
  const auto world = taste_world(8, 600, 150, 3);
  ThreadPool pool(2);
  ASSERT_EQ(error_text(model.fit(world.train, pool)), "");
  const double known = hits(model, world, pool, world.train, 0);
  const double folded = hits(model, world, pool, twice(world.train), world.train.rows);
  EXPECT_GT(folded, 0.95 * known) << model.name();
  const std::vector<float> nobody(16, 0.0F);
  EXPECT_EQ(model.fold_in({}, {}), nobody);
  const std::vector<int32_t> beyond{500};
  const std::vector<float> one{1};
  EXPECT_EQ(model.fold_in(beyond, one), nobody);
}

TEST(PairwiseTest, FoldedInUsersAreServedLikeTrainedOnes) {
  Bpr bpr({.factors = 16, .epochs = 20});
  expect_newcomers_served(bpr);
  Warp warp({.pairwise = {.factors = 16, .epochs = 20}});
  expect_newcomers_served(warp);
}

TEST(PairwiseTest, OptionsOutOfRangeAreNamed) {
  const math::Csr world = group_world(6, 40, 40, 2, 0.4, 0.03);
  ThreadPool pool(1);
  const auto text = [&](const PairwiseOptions& options) {
    return error_text(Bpr(options).fit(world, pool));
  };
  EXPECT_EQ(text({.factors = 0}),
            "factors: factors = 0 is out of range\n  mend: use a value from 1 to 4096");
  EXPECT_EQ(text({.epochs = 0}),
            "epochs: epochs = 0 is out of range\n  mend: use a value from 1 to 10000");
  EXPECT_EQ(text({.learning_rate = 0}),
            "learning_rate: learning_rate = 0 is out of range\n  mend: use a value greater than 0, "
            "up to 10");
  EXPECT_EQ(text({.regularisation = -1}),
            "regularisation: regularisation = -1 is out of range\n  mend: use a value from 0 to 1");
  EXPECT_EQ(error_text(Warp({.pairwise = {}, .max_sampled = 0}).fit(world, pool)),
            "max_sampled: max_sampled = 0 is out of range\n  mend: use a value from 1 to 100000");
}

TEST(PairwiseTest, CancellationEndsTheFit) {
  const math::Csr world = group_world(6, 40, 40, 2, 0.4, 0.03);
  ThreadPool pool(1);
  request_cancel();
  const Status status = Bpr({}).fit(world, pool);
  reset_cancel();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace coterie::recommend
