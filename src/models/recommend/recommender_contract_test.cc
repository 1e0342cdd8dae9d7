// What every recommender must do, run over all of them.
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/cancel.h"
#include "base/temporary_folder.h"
#include "base/test_results.h"
#include "models/recommend/als.h"
#include "models/recommend/bpr.h"
#include "models/recommend/content.h"
#include "models/recommend/ease.h"
#include "models/recommend/gfcf.h"
#include "models/recommend/hybrid.h"
#include "models/recommend/item_knn.h"
#include "models/recommend/load.h"
#include "models/recommend/markov.h"
#include "models/recommend/popularity.h"
#include "models/recommend/pure_svd.h"
#include "models/recommend/session_knn.h"
#include "models/recommend/test_content.h"
#include "models/recommend/test_worlds.h"
#include "models/recommend/trending.h"
#include "models/recommend/user_knn.h"
#include "models/recommend/warp.h"

namespace coterie::recommend {
namespace {

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Recommender>()> make;
  bool finds_new_items = false;  // may recommend what nobody met
};

std::unique_ptr<Recommender> make_als(AlsSolver solver) {
  AlsOptions options;
  options.factors = 24;
  options.block = 16;
  options.sweeps = 4;
  options.solver = solver;
  return std::make_unique<Als>(options);
}

template <typename Knn>
std::unique_ptr<Recommender> make_knn(Similarity similarity) {
  auto options = Knn({}).options();
  options.similarity = {.similarity = similarity, .shrinkage = 2, .value_power = 1};
  options.neighbours = 15;
  return std::make_unique<Knn>(options);
}

// For the contract's 150 users and 90 items: what is left of code by a small number; nothing is
// known of item 4.
std::shared_ptr<const FeatureMatrices> some_features() {
  const auto matrix = [](int32_t rows, int32_t columns, int32_t nothing) {
    math::Csr features{.rows = rows, .cols = columns, .offsets = {0}, .indices = {}, .values = {}};
    for (int32_t row = 0; row < rows; ++row) {
      if (row != nothing) {
        features.indices.push_back(row % columns);
        features.values.push_back(0.5F + static_cast<float>(row % 2));
      }
      features.offsets.push_back(static_cast<int64_t>(features.indices.size()));
    }
    return features;
  };
  return std::make_shared<const FeatureMatrices>(
      FeatureMatrices{.users = matrix(150, 7, -1), .items = matrix(90, 3, 4)});
}

// Weighted where histories are short, itemknn alone from 25 interactions on.
std::unique_ptr<Recommender> make_hybrid() {
  std::vector<std::unique_ptr<Recommender>> members;
  members.push_back(std::make_unique<ItemKnn>(ItemKnnOptions{.similarity = {}, .neighbours = 30}));
  members.push_back(std::make_unique<PureSvd>(PureSvdOptions{.factors = 12}));
  return std::make_unique<Hybrid>(
      HybridOptions{.bands = {{0, {0.5, 0.25}}, {25, {1, 0}}}, .depth = 20}, std::move(members));
}

std::vector<Kind> every_kind() {
  return {
      {"popularity", [] { return std::make_unique<Popularity>(); }},
      {"itemknn",
       [] {
         return std::make_unique<ItemKnn>(ItemKnnOptions{.similarity = {}, .neighbours = 30});
       }},
      {"itemknn_jaccard", [] { return make_knn<ItemKnn>(Similarity::kJaccard); }},
      {"itemknn_bm25", [] { return make_knn<ItemKnn>(Similarity::kBm25); }},
      {"userknn",
       [] {
         return std::make_unique<UserKnn>(UserKnnOptions{.similarity = {}, .neighbours = 20});
       }},
      {"userknn_tfidf", [] { return make_knn<UserKnn>(Similarity::kTfIdf); }},
      {"ease", [] { return std::make_unique<Ease>(EaseOptions{.regularisation = 20}); }},
      {"ease_values",
       [] { return std::make_unique<Ease>(EaseOptions{.regularisation = 5, .value_power = 1}); }},
      {"puresvd", [] { return std::make_unique<PureSvd>(PureSvdOptions{.factors = 12}); }},
      {"puresvd_values",
       [] { return std::make_unique<PureSvd>(PureSvdOptions{.factors = 200, .value_power = 1}); }},
      {"gfcf", [] { return std::make_unique<GfCf>(GfCfOptions{.factors = 12}); }},
      {"gfcf_values",
       [] {
         return std::make_unique<GfCf>(
             GfCfOptions{.factors = 300, .neighbours = 20, .value_power = 1});
       }},
      {"bpr", [] { return std::make_unique<Bpr>(BprOptions{.factors = 12, .epochs = 5}); }},
      {"bpr_values",
       [] {
         return std::make_unique<Bpr>(BprOptions{.factors = 33, .epochs = 3, .value_power = 1});
       }},
      {"warp",
       [] {
         return std::make_unique<Warp>(
             WarpOptions{.pairwise = {.factors = 12, .epochs = 5}, .max_sampled = 10});
       }},
      {"warp_values",
       [] {
         return std::make_unique<Warp>(WarpOptions{
             .pairwise = {.factors = 33, .epochs = 3, .value_power = 1}, .max_sampled = 30});
       }},
      {"content", [] { return std::make_unique<Content>(ContentOptions{}, random_content(3, 90)); },
       true},
      {"bpr_features",
       [] {
         return std::make_unique<Bpr>(
             BprOptions{.factors = 19, .epochs = 4, .features = some_features()});
       }},
      {"warp_features",
       [] {
         return std::make_unique<Warp>(
             WarpOptions{.pairwise = {.factors = 12, .epochs = 5, .features = some_features()},
                         .max_sampled = 10});
       }},
      {"markov", [] { return std::make_unique<Markov>(MarkovOptions{}); }},
      {"sessionknn", [] { return std::make_unique<SessionKnn>(SessionKnnOptions{}); }},
      {"trending", [] { return std::make_unique<Trending>(TrendingOptions{}); }},
      {"hybrid", make_hybrid},
      {"als_cg", [] { return make_als(AlsSolver::kConjugateGradient); }},
      {"als_exact", [] { return make_als(AlsSolver::kExact); }},
      {"als_block", [] { return make_als(AlsSolver::kBlock); }}};
}

std::vector<int32_t> all_users(const math::Csr& matrix) {
  std::vector<int32_t> users(static_cast<size_t>(matrix.rows));
  std::iota(users.begin(), users.end(), 0);
  return users;
}

void expect_equal(const TopK& a, const TopK& b) {
  EXPECT_EQ(a.items, b.items);
  EXPECT_EQ(a.scores, b.scores);
  EXPECT_EQ(a.counts, b.counts);
}

class RecommenderContract : public testing::TestWithParam<Kind> {
 protected:
  math::Csr world_ = group_world(7, 150, 90, 3, 0.35, 0.04);
  ThreadPool pool_{2};

  std::unique_ptr<Recommender> fitted() {
    auto model = GetParam().make();
    EXPECT_EQ(error_text(model->fit(world_, pool_)), "");
    return model;
  }
};

TEST_P(RecommenderContract, ListsAreOrderedUniqueAndWithoutWhatIsSeen) {
  const auto model = fitted();
  const TopK top = *model->recommend(all_users(world_), world_, {.k = 12}, pool_);
  for (int32_t user = 0; user < world_.rows; ++user) {
    const auto list = top.list(user);
    ASSERT_EQ(list.size(), 12U);
    const auto seen = world_.row_indices(user);
    for (size_t r = 0; r < list.size(); ++r) {
      EXPECT_FALSE(std::binary_search(seen.begin(), seen.end(), list[r]));
      if (r == 0) continue;
      const float before = top.scores[int64_t{user} * 12 + r - 1];
      const float score = top.scores[int64_t{user} * 12 + r];
      EXPECT_TRUE(before > score || (before == score && list[r - 1] < list[r]));
    }
  }
}

TEST_P(RecommenderContract, SameBytesForEveryThreadCount) {
  TemporaryFolder folder;
  std::vector<std::string> bytes;
  for (int threads = 1; threads <= 4; ++threads) {
    ThreadPool pool(threads);
    auto model = GetParam().make();
    ASSERT_TRUE(model->fit(world_, pool).ok());
    const std::string path = folder / std::to_string(threads);
    ASSERT_EQ(error_text(model->save(path)), "");
    bytes.push_back(*read_file(path + "/model.safetensors") + *read_file(path + "/model.json"));
    EXPECT_TRUE(bytes.back() == bytes.front()) << threads << " threads";
  }
}

TEST_P(RecommenderContract, LoadedEqualsSaved) {
  TemporaryFolder folder;
  const auto model = fitted();
  ASSERT_TRUE(model->save(folder / "a").ok());
  auto loaded = load_recommender(folder / "a");
  ASSERT_TRUE(loaded.ok()) << loaded.error().to_text();
  EXPECT_EQ((*loaded)->name(), model->name());
  ASSERT_TRUE((*loaded)->save(folder / "b").ok());
  for (const char* file : {"/model.safetensors", "/model.json"}) {
    EXPECT_TRUE(*read_file(folder / "a" + file) == *read_file(folder / "b" + file)) << file;
  }
  const auto users = all_users(world_);
  expect_equal(*model->recommend(users, world_, {.k = 9}, pool_),
               *(*loaded)->recommend(users, world_, {.k = 9}, pool_));
}

TEST_P(RecommenderContract, BatchEqualsSingle) {
  const auto model = fitted();
  const auto users = all_users(world_);
  const TopK batch = *model->recommend(users, world_, {.k = 7}, pool_);
  for (const int32_t user : users) {
    const TopK one = *model->recommend({&user, 1}, world_, {.k = 7}, pool_);
    for (int r = 0; r < 7; ++r) {
      ASSERT_EQ(one.items[r], batch.items[user * 7 + r]);
      ASSERT_EQ(one.scores[r], batch.scores[user * 7 + r]);
    }
  }
}

TEST_P(RecommenderContract, AllowedItemsAndUnfilteredLists) {
  const auto model = fitted();
  std::vector<uint8_t> allowed(static_cast<size_t>(world_.cols), 0);
  allowed[3] = allowed[5] = 1;
  const int32_t user = 3;
  const TopK top = *model->recommend(
      {&user, 1}, world_, {.k = 5, .filter_seen = false, .allowed_items = allowed}, pool_);
  ASSERT_EQ(top.counts[0], 2);
  EXPECT_EQ(top.items[0] + top.items[1], 8);
  EXPECT_EQ(top.items[2], -1);
  const TopK all = *model->recommend({&user, 1}, world_, {.k = 1000, .filter_seen = false}, pool_);
  EXPECT_EQ(all.counts[0], world_.cols);
  const TopK unseen = *model->recommend({&user, 1}, world_, {.k = 1000}, pool_);
  EXPECT_EQ(unseen.counts[0] + static_cast<int>(world_.row_indices(user).size()), world_.cols);
}

TEST_P(RecommenderContract, UnknownUsersGetAnAnswerAndWrongIdsAnError) {
  const auto model = fitted();
  // Rows beyond the trained users: one with a history, one without.
  math::Csr longer = world_;
  longer.rows += 2;
  longer.indices.insert(longer.indices.end(), {0, 3, 6, 9});
  longer.values.insert(longer.values.end(), {1, 1, 1, 1});
  longer.offsets.push_back(longer.offsets.back() + 4);
  longer.offsets.push_back(longer.offsets.back());
  const std::vector<int32_t> newcomers{world_.rows, world_.rows + 1};
  const TopK top = *model->recommend(newcomers, longer, {.k = 5}, pool_);
  EXPECT_EQ(top.counts, (std::vector<int32_t>{5, 5}));
  Popularity popular;
  ASSERT_TRUE(popular.fit(world_, pool_).ok());
  const TopK expected = *popular.recommend({&newcomers[1], 1}, longer, {.k = 5}, pool_);
  for (int r = 0; r < 5; ++r) EXPECT_EQ(top.items[5 + r], expected.items[r]);

  for (const int32_t user : {-1, world_.rows}) {
    const auto wrong = model->recommend({&user, 1}, world_, {.k = 5}, pool_);
    ASSERT_FALSE(wrong.ok());
    EXPECT_EQ(wrong.error().message,
              "user " + std::to_string(user) + " is outside of the history's 150 rows");
  }
  const std::vector<int32_t> item{90};
  EXPECT_EQ(model->similar_items(item, 3, pool_).error().message,
            "item 90 is outside of the model's 90");
  EXPECT_FALSE(model->recommend({}, world_, {.k = -1}, pool_).ok());
  const std::vector<uint8_t> short_list(4, 1);
  EXPECT_EQ(model->recommend({}, world_, {.allowed_items = short_list}, pool_).error().message,
            "allowed_items has 4 bytes for 90 items");
}

TEST_P(RecommenderContract, SimilarItemsLeaveTheItemItselfOut) {
  const auto model = fitted();
  const std::vector<int32_t> items{4, 0, 89};
  const TopK top = *model->similar_items(items, 6, pool_);
  for (size_t i = 0; i < items.size(); ++i) {
    const auto list = top.list(static_cast<int64_t>(i));
    ASSERT_EQ(list.size(), 6U);
    for (const int32_t other : list) EXPECT_NE(other, items[i]);
  }
}

TEST_P(RecommenderContract, EmptyAndWrongInput) {
  auto model = GetParam().make();
  EXPECT_EQ(error_text(model->fit(math::Csr{}, pool_)), "there are no interactions to learn from");
  for (const float bad : {0.0F, -1.0F, std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity()}) {
    math::Csr wrong = world_;
    wrong.values[0] = bad;
    const Status status = model->fit(wrong, pool_);
    ASSERT_FALSE(status.ok()) << bad;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidInput);
    EXPECT_NE(status.error().message.find("it must be finite and greater than 0"),
              std::string::npos);
  }
  const auto trained = fitted();
  EXPECT_TRUE(trained->recommend({}, world_, {.k = 3}, pool_)->items.empty());
}

TEST_P(RecommenderContract, HugeConfidencesGiveAnErrorOrFiniteScores) {
  for (const float size : {1e10F, 1e30F, 3e38F}) {
    math::Csr huge = world_;
    for (float& value : huge.values) value *= size;
    bool finite = true;
    for (const float value : huge.values) finite &= std::isfinite(value);
    auto model = GetParam().make();
    const Status status = model->fit(huge, pool_);
    if (!finite) {
      EXPECT_FALSE(status.ok());
    } else if (status.ok()) {
      const TopK top = *model->recommend(all_users(world_), huge, {.k = 5}, pool_);
      for (const float score : top.scores) EXPECT_TRUE(std::isfinite(score)) << size;
    }
  }
}

TEST_P(RecommenderContract, AnItemNobodyMetAndDuplicateRowsDoNoHarm) {
  // Item 4 belongs to nobody; users 1 and 2 are the same.
  std::vector<int32_t> rows, cols;
  std::vector<float> values;
  for (int32_t user = 0; user < world_.rows; ++user) {
    const int32_t from = user == 2 ? 1 : user;
    const auto items = world_.row_indices(from);
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i] == 4) continue;
      rows.push_back(user);
      cols.push_back(items[i]);
      values.push_back(world_.row_values(from)[i]);
    }
  }
  const auto lonely = *math::csr_from_entries(world_.rows, world_.cols, rows, cols, values, pool_);
  auto model = GetParam().make();
  ASSERT_EQ(error_text(model->fit(lonely, pool_)), "");
  const TopK top = *model->recommend(all_users(lonely), lonely, {.k = world_.cols}, pool_);
  for (int32_t user = 0; user < lonely.rows; ++user) {
    const auto list = top.list(user);
    EXPECT_EQ(list.size() + lonely.row_indices(user).size(), static_cast<size_t>(world_.cols));
    EXPECT_TRUE(list.front() != 4 || GetParam().finds_new_items) << "nobody met it";
  }
  for (const float score : top.scores) EXPECT_TRUE(std::isfinite(score));
  const std::vector<int32_t> items{4};
  ASSERT_TRUE(model->similar_items(items, 5, pool_).ok());
}

TEST_P(RecommenderContract, DamagedArtefactsAreErrors) {
  TemporaryFolder folder;
  ASSERT_TRUE(fitted()->save(folder / "m").ok());
  EXPECT_EQ(load_recommender(folder / "none").error().code, ErrorCode::kNotFound);
  const std::string json = *read_file(folder / "m/model.json");
  ASSERT_TRUE(write_file_atomic(folder / "m/model.json", json.substr(0, json.size() / 2)).ok());
  EXPECT_EQ(load_recommender(folder / "m").error().code, ErrorCode::kCorrupt);
  ASSERT_TRUE(write_file_atomic(folder / "m/model.json", json).ok());
  const std::string bytes = *read_file(folder / "m/model.safetensors");
  ASSERT_TRUE(
      write_file_atomic(folder / "m/model.safetensors", bytes.substr(0, bytes.size() - 1)).ok());
  EXPECT_EQ(load_recommender(folder / "m").error().code, ErrorCode::kCorrupt);
}

INSTANTIATE_TEST_SUITE_P(All, RecommenderContract, testing::ValuesIn(every_kind()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace coterie::recommend
