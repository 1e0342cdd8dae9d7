#include "models/recommend/hybrid.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/temporary_folder.h"
#include "base/test_results.h"
#include "models/recommend/blend.h"
#include "models/recommend/item_knn.h"
#include "models/recommend/popularity.h"
#include "models/recommend/pure_svd.h"
#include "models/recommend/test_worlds.h"

namespace coterie::recommend {
namespace {

TopK lists_of(const std::vector<std::vector<std::pair<int32_t, float>>>& rows, int k) {
  TopK lists(std::ssize(rows), k);
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t place = 0; place < rows[row].size(); ++place) {
      lists.items[row * static_cast<size_t>(k) + place] = rows[row][place].first;
      lists.scores[row * static_cast<size_t>(k) + place] = rows[row][place].second;
    }
    lists.counts[row] = static_cast<int32_t>(rows[row].size());
  }
  return lists;
}

TEST(Blend, HeightsAboveTheLastInDeviations) {
  // Deviations of 8, 4, 0: sqrt(32 / 3); of 3, 1: 1.
  const TopK first = lists_of({{{5, 8}, {2, 4}, {0, 0}}, {}}, 3);
  const TopK second = lists_of({{{2, 3}, {7, 1}}, {{1, 2}}}, 3);
  const TopK* const lists[] = {&first, &second};
  ThreadPool pool(2);
  const TopK out = blend(lists, std::vector<double>{0.5, 2}, 8, 3, pool);
  EXPECT_EQ(out.items, (std::vector<int32_t>{2, 5, 0, 1, -1, -1}));
  EXPECT_EQ(out.counts, (std::vector<int32_t>{3, 1}));
  const double deviation = std::sqrt(32.0 / 3);
  EXPECT_NEAR(out.scores[0], 0.5 * 4 / deviation + 2 * 2, 1e-6);
  EXPECT_NEAR(out.scores[1], 0.5 * 8 / deviation, 1e-6);
  EXPECT_EQ(out.scores[2], 0);  // the last of its list, and 7 after it
  EXPECT_EQ(out.scores[3], 0);  // a list of one says nothing but that there is one
}

// Definition by definition, over all items at once.
std::vector<double> naive_scores(const std::vector<TopK>& lists, const std::vector<double>& weights,
                                 int32_t row, int32_t items) {
  std::vector<double> sums(static_cast<size_t>(items), 0);
  for (size_t m = 0; m < lists.size(); ++m) {
    const auto list = lists[m].list(row);
    std::vector<double> scores;
    for (size_t i = 0; i < list.size(); ++i)
      scores.push_back(lists[m].scores[static_cast<size_t>(row * lists[m].k) + i]);
    const double count = static_cast<double>(scores.size());
    const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / count;
    double variance = 0;
    for (const double score : scores) variance += (score - mean) * (score - mean) / count;
    for (size_t i = 0; i < list.size(); ++i)
      sums[list[i]] += weights[m] * (scores[i] - scores.back()) / std::sqrt(variance);
  }
  return sums;
}

class HybridTest : public testing::Test {
 protected:
  math::Csr world_ = group_world(11, 150, 90, 3, 0.35, 0.04);
  ThreadPool pool_{2};

  static std::vector<std::unique_ptr<Recommender>> members() {
    std::vector<std::unique_ptr<Recommender>> members;
    members.push_back(
        std::make_unique<ItemKnn>(ItemKnnOptions{.similarity = {}, .neighbours = 30}));
    members.push_back(std::make_unique<PureSvd>(PureSvdOptions{.factors = 12}));
    return members;
  }
  std::vector<int32_t> users() const {
    std::vector<int32_t> users(static_cast<size_t>(world_.rows));
    std::iota(users.begin(), users.end(), 0);
    return users;
  }
};

TEST_F(HybridTest, EqualsTheNaiveBlendOfItsMembers) {
  const std::vector<double> weights = {0.7, 0.3};
  Hybrid hybrid({.bands = {{0, weights}}, .depth = 25}, members());
  ASSERT_EQ(error_text(hybrid.fit(world_, pool_)), "");
  const TopK out = *hybrid.recommend(users(), world_, {.k = 10}, pool_);
  std::vector<TopK> lists;
  for (size_t m = 0; m < 2; ++m)
    lists.push_back(*hybrid.member(m).recommend(users(), world_, {.k = 25}, pool_));
  for (int32_t user = 0; user < world_.rows; ++user) {
    const std::vector<double> expected = naive_scores(lists, weights, user, world_.cols);
    std::vector<double> best = expected;
    std::ranges::sort(best, std::greater());
    for (int r = 0; r < 10; ++r) {
      ASSERT_NEAR(out.scores[user * 10 + r], best[static_cast<size_t>(r)], 1e-5) << user;
      ASSERT_NEAR(expected[out.items[user * 10 + r]], best[static_cast<size_t>(r)], 1e-5) << user;
    }
  }
}

TEST_F(HybridTest, TheLengthOfTheHistoryDecidesWhoAnswers) {
  int64_t middle = 0;
  for (const int32_t user : users()) middle += std::ssize(world_.row_indices(user));
  middle /= world_.rows;
  Hybrid hybrid({.bands = {{0, {1, 0}}, {middle, {0, 1}}}, .depth = 5}, members());
  ASSERT_EQ(error_text(hybrid.fit(world_, pool_)), "");
  const TopK out = *hybrid.recommend(users(), world_, {.k = 5}, pool_);
  int answered[2] = {0, 0};
  for (const int32_t user : users()) {
    const size_t who = std::ssize(world_.row_indices(user)) >= middle ? 1 : 0;
    const TopK own = *hybrid.member(who).recommend({&user, 1}, world_, {.k = 5}, pool_);
    ASSERT_TRUE(std::ranges::equal(out.list(user), own.list(0))) << user;
    ++answered[who];
  }
  EXPECT_GT(answered[0], 10);
  EXPECT_GT(answered[1], 10);
}

TEST_F(HybridTest, WrongBandsAreRefused) {
  const auto error = [&](HybridOptions options) {
    return error_text(Hybrid(std::move(options), members()).fit(world_, pool_));
  };
  EXPECT_NE(error({.bands = {}}).find("must begin with histories of length 0"), std::string::npos);
  EXPECT_NE(error({.bands = {{1, {1, 1}}}}).find("length 0"), std::string::npos);
  EXPECT_NE(error({.bands = {{0, {1, 1}}, {0, {1, 1}}}}).find("must ascend"), std::string::npos);
  EXPECT_NE(error({.bands = {{0, {1}}}}).find("needs as many weights"), std::string::npos);
  EXPECT_NE(error({.bands = {{0, {0, 0}}}}).find("above 0"), std::string::npos);
  EXPECT_NE(error({.bands = {{0, {1, -1}}}}).find("none negative"), std::string::npos);
  EXPECT_NE(error({.bands = {{0, {1, 1}}}, .depth = 0}).find("depth = 0 is out of range"),
            std::string::npos);
}

TEST_F(HybridTest, AMemberOfOtherItemsIsNoticed) {
  TemporaryFolder folder;
  Hybrid hybrid({.bands = {{0, {1, 1}}}}, members());
  ASSERT_EQ(error_text(hybrid.fit(world_, pool_)), "");
  ASSERT_TRUE(hybrid.save(folder / "m").ok());
  const auto error_with = [&](Recommender& other, const math::Csr& world) {
    EXPECT_TRUE(other.fit(world, pool_).ok());
    EXPECT_TRUE(other.save(folder / "m/member-1").ok());
    const auto loaded = Hybrid::load(folder / "m");
    EXPECT_EQ(loaded.error().code, ErrorCode::kCorrupt);
    return loaded.error().to_text();
  };
  PureSvd fewer(PureSvdOptions{.factors = 2});
  const std::string of_other_items = error_with(fewer, group_world(1, 20, 12, 2, 0.5, 0.1));
  EXPECT_NE(of_other_items.find("member-1: a member of the hybrid is of other items"),
            std::string::npos)
      << of_other_items;
  Popularity other;
  EXPECT_NE(error_with(other, world_).find("a member of the hybrid is another model, popularity"),
            std::string::npos);
}

TEST_F(HybridTest, NothingIsLeftOfAHybridThatIsReplaced) {
  TemporaryFolder folder;
  Hybrid two({.bands = {{0, {1, 1}}}}, members());
  ASSERT_EQ(error_text(two.fit(world_, pool_)), "");
  ASSERT_TRUE(two.save(folder / "m").ok());
  std::vector<std::unique_ptr<Recommender>> alone;
  alone.push_back(std::make_unique<Popularity>());
  Hybrid one({.bands = {{0, {1}}}}, std::move(alone));
  ASSERT_EQ(error_text(one.fit(world_, pool_)), "");
  ASSERT_TRUE(one.save(folder / "m").ok());
  EXPECT_FALSE(std::filesystem::exists(folder / "m/member-1"));
  EXPECT_EQ((*Hybrid::load(folder / "m"))->members(), 1U);
}

}  // namespace
}  // namespace coterie::recommend
