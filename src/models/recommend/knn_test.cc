// Neighbourhood models against the formulas on dense matrices.
#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "base/cancel.h"
#include "base/test_results.h"
#include "models/recommend/item_knn.h"
#include "models/recommend/test_oracle.h"
#include "models/recommend/test_worlds.h"
#include "models/recommend/user_knn.h"

namespace coterie::recommend {
namespace {

std::vector<double> column_importance(const Dense& rows, const SimilarityOptions& o) {
  std::vector<double> importance(static_cast<size_t>(rows.cols), 1.0);
  for (int c = 0; c < rows.cols; ++c) {
    double n = 0;
    for (int r = 0; r < rows.rows; ++r) n += rows.at(r, c) > 0;
    const double all = rows.rows;
    if (n > 0) importance[c] = std::pow(n, -o.damping);
    if (o.similarity == Similarity::kTfIdf) importance[c] *= std::log((1 + all) / (1 + n));
    if (o.similarity == Similarity::kBm25) {
      importance[c] *= std::log(1 + (all - n + 0.5) / (n + 0.5));
    }
  }
  return importance;
}

Dense weighted(const Dense& rows, const SimilarityOptions& o) {
  const auto importance = column_importance(rows, o);
  const double total = std::accumulate(rows.values.begin(), rows.values.end(), 0.0);
  Dense out(rows.rows, rows.cols);
  for (int r = 0; r < rows.rows; ++r) {
    double length = 0;
    for (int c = 0; c < rows.cols; ++c) length += rows.at(r, c);
    for (int c = 0; c < rows.cols; ++c) {
      const double x = rows.at(r, c);
      if (x == 0) continue;
      double weight = x;
      if (o.similarity == Similarity::kJaccard) weight = 1;
      if (o.similarity == Similarity::kBm25) {
        weight = x * (o.k1 + 1) / (x + o.k1 * (1 - o.b + o.b * length * rows.rows / total));
      }
      out.at(r, c) = o.similarity == Similarity::kJaccard ? 1 : weight * importance[c];
    }
  }
  return out;
}

// Similarities of all rows, nothing on the diagonal, and of each row only the `keep` largest.
Dense similarities(const Dense& rows, const SimilarityOptions& o, int keep) {
  const Dense w = weighted(rows, o);
  Dense out(rows.rows, rows.rows);
  for (int a = 0; a < rows.rows; ++a) {
    std::vector<std::pair<double, int>> order;
    for (int b = 0; b < rows.rows; ++b) {
      if (a == b) continue;
      double dot = 0, aa = 0, bb = 0;
      for (int c = 0; c < rows.cols; ++c) {
        dot += w.at(a, c) * w.at(b, c);
        aa += w.at(a, c) * w.at(a, c);
        bb += w.at(b, c) * w.at(b, c);
      }
      const double below = o.similarity == Similarity::kJaccard ? aa + bb - dot + o.shrinkage
                                                                : std::sqrt(aa * bb) + o.shrinkage;
      const double lift = std::pow(bb / aa, o.asymmetry / 2);
      order.emplace_back(dot > 0 ? -dot / below * lift : 0, b);
    }
    std::sort(order.begin(), order.end());
    for (int i = 0; i < std::min<int>(keep, static_cast<int>(order.size())); ++i) {
      out.at(a, order[i].second) = -order[i].first;
    }
  }
  return out;
}

std::vector<SimilarityOptions> every_similarity() {
  std::vector<SimilarityOptions> all;
  for (const double shrinkage : {0.0, 3.0}) {
    for (const double power : {0.0, 0.5, 1.0}) {
      for (int kind = 0; kind < 4; ++kind) {
        all.push_back({.similarity = static_cast<Similarity>(kind),
                       .shrinkage = shrinkage,
                       .damping = shrinkage / 6,
                       .asymmetry = power - 0.7 * shrinkage / 3,
                       .value_power = power});
      }
    }
  }
  return all;
}

std::vector<int32_t> everyone(const math::Csr& world) {
  std::vector<int32_t> users(static_cast<size_t>(world.rows));
  std::iota(users.begin(), users.end(), 0);
  return users;
}

// `keep` is every row: which of two equal neighbours is kept is nobody's business.
TEST(KnnTest, ScoresAreThoseOfTheFormulas) {
  const math::Csr world = group_world(5, 40, 30, 3, 0.4, 0.05);
  ThreadPool pool(2);
  for (const SimilarityOptions& o : every_similarity()) {
    SCOPED_TRACE(similarity_name(o.similarity));
    const Dense x = dense_of(world, o.value_power);
    ItemKnn items({.similarity = o, .neighbours = 30});
    ASSERT_EQ(error_text(items.fit(world, pool)), "");
    expect_scores(*items.recommend(everyone(world), world, {.k = 30}, pool),
                  product(x, similarities(transposed(x), o, 30)), world, 1e-4);
    UserKnn users({.similarity = o, .neighbours = 40});
    ASSERT_EQ(error_text(users.fit(world, pool)), "");
    expect_scores(*users.recommend(everyone(world), world, {.k = 30}, pool),
                  product(similarities(x, o, 40), x), world, 1e-4);
  }
}

TEST(KnnTest, OnlyTheNearestCount) {
  const math::Csr world = group_world(6, 60, 25, 2, 0.5, 0.1);
  ThreadPool pool(2);
  const SimilarityOptions o{.similarity = Similarity::kTfIdf, .shrinkage = 1};
  const Dense near = similarities(transposed(dense_of(world, 0)), o, 4);
  ItemKnn model({.similarity = o, .neighbours = 4});
  ASSERT_TRUE(model.fit(world, pool).ok());
  const std::vector<int32_t> items{0, 7, 24};
  const TopK lists = *model.similar_items(items, 6, pool);
  for (size_t i = 0; i < items.size(); ++i) {
    ASSERT_EQ(lists.counts[i], 4);
    for (int r = 0; r < 4; ++r) {
      EXPECT_NEAR(lists.scores[i * 6 + r], near.at(items[i], lists.items[i * 6 + r]), 1e-5);
    }
  }
  expect_scores(*model.recommend(everyone(world), world, {.k = 25}, pool),
                product(dense_of(world, 0), near), world, 1e-4);
}

TEST(KnnTest, WhatNoNeighbourLeadsToComesLastByPopularity) {
  // 0 and 1 are met together; 2 is met by two, 3 by one.
  const std::vector<int32_t> users{0, 0, 1, 2, 3}, items{0, 1, 2, 2, 3};
  const std::vector<float> ones(5, 1.0F);
  ThreadPool pool(1);
  const auto world = *math::csr_from_entries(5, 4, users, items, ones, pool);
  const std::vector<int32_t> cut_users{4}, cut_items{0};
  const auto history =
      *math::csr_from_entries(5, 4, cut_users, cut_items, std::span(ones).first(1), pool);
  ItemKnn model({});
  ASSERT_TRUE(model.fit(world, pool).ok());
  const std::vector<int32_t> asked{4};
  const TopK list = *model.recommend(asked, history, {.k = 4}, pool);
  EXPECT_EQ(std::vector<int32_t>(list.list(0).begin(), list.list(0).end()),
            (std::vector<int32_t>{1, 2, 3}));
  EXPECT_EQ(list.scores[0], 1.0F);
  EXPECT_LT(list.scores[1], 0);
  EXPECT_GT(list.scores[1], list.scores[2]);
}

TEST(KnnTest, NamesTheOptionThatIsWrongAndStops) {
  const math::Csr world = group_world(2, 200, 50, 1, 0.5, 0);
  ThreadPool pool(1);
  ItemKnn none({.similarity = {}, .neighbours = 0});
  EXPECT_EQ(none.fit(world, pool).error().to_text(),
            "neighbours: neighbours = 0 is out of range\n  mend: use a value from 1 to 1000000");
  UserKnn shrunk({.similarity = {.shrinkage = -1}, .neighbours = 3});
  EXPECT_EQ(shrunk.fit(world, pool).error().to_text(),
            "shrinkage: shrinkage = -1 is out of range\n  mend: use a value from 0 to 1000000");
  ItemKnn fine({});
  math::Csr wrong = world;
  wrong.values[0] = 0;
  ASSERT_TRUE(fine.fit(world, pool).ok());
  const std::vector<int32_t> first{0};
  EXPECT_EQ(fine.recommend(first, wrong, {}, pool).error().message,
            "the confidence of user 0 and item " + std::to_string(wrong.indices[0]) +
                " is 0, it must be finite and greater than 0");
  request_cancel();
  const Status stopped = ItemKnn({}).fit(world, pool);
  reset_cancel();
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace coterie::recommend
