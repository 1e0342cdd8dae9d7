// Models of sequences against their formulas, written down plainly.
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/test_results.h"
#include "models/recommend/markov.h"
#include "models/recommend/session_knn.h"
#include "models/recommend/test_oracle.h"
#include "models/recommend/test_worlds.h"
#include "models/recommend/trending.h"

namespace coterie::recommend {
namespace {

// Random sequences with repeats, in sessions of about four events; the last user met nothing.
OrderedHistory random_order(uint64_t seed, int32_t users, int32_t items) {
  OrderedHistory order;
  for (int32_t user = 0; user < users; ++user) {
    math::RandomStream random(seed, 1, static_cast<uint64_t>(user));
    const auto events = user + 1 == users ? 0 : static_cast<int32_t>(random.below(14));
    int32_t item = static_cast<int32_t>(random.below(static_cast<uint32_t>(items)));
    for (int32_t event = 0; event < events; ++event) {
      order.items.push_back(item);
      order.starts.push_back(event == 0 || random.chance(0.25) ? 1 : 0);
      item = random.chance(0.6) ? (item + 1) % items
                                : static_cast<int32_t>(random.below(static_cast<uint32_t>(items)));
    }
    order.offsets.push_back(static_cast<int64_t>(order.items.size()));
  }
  return order;
}

math::Csr pairs_of(const OrderedHistory& order, int32_t items) {
  math::Csr pairs{.rows = order.rows(), .cols = items, .offsets = {0}, .indices = {}, .values = {}};
  for (int32_t user = 0; user < order.rows(); ++user) {
    const auto row = order.row_items(user);
    for (const int32_t item : std::set<int32_t>(row.begin(), row.end())) {
      pairs.indices.push_back(item);
      pairs.values.push_back(1);
    }
    pairs.offsets.push_back(static_cast<int64_t>(pairs.indices.size()));
  }
  return pairs;
}

// Item and weight, the newest first.
std::vector<std::pair<int32_t, double>> recent(const OrderedHistory& order, int32_t user,
                                               double memory, double across) {
  std::vector<std::pair<int32_t, double>> found;
  const auto items = order.row_items(user);
  double sessions = 1;
  for (size_t at = items.size(); at-- > 0;) {
    const bool known = std::any_of(found.begin(), found.end(),
                                   [&](const auto& entry) { return entry.first == items[at]; });
    if (!known) {
      found.emplace_back(items[at], std::pow(memory, found.size()) * sessions);
    }
    if (order.row_starts(user)[at] != 0) sessions *= across;
  }
  return found;
}

std::vector<int32_t> all_rows(const math::Csr& matrix) {
  std::vector<int32_t> rows;
  for (int32_t row = 0; row < matrix.rows; ++row) rows.push_back(row);
  return rows;
}

constexpr int32_t kItems = 25;

class SequenceTest : public testing::Test {
 protected:
  static constexpr uint64_t kSeed = 417;
  OrderedHistory order_ = random_order(kSeed, 60, kItems);
  math::Csr pairs_ = pairs_of(order_, kItems);
  ThreadPool pool_{2};
};

TEST_F(SequenceTest, MarkovEqualsItsFormula) {
  SCOPED_TRACE(kSeed);
  const MarkovOptions options{
      .window = 3, .decay = 0.7, .across = 0.4, .memory = 0.6, .damping = 0.5, .neighbours = 1000};
  Dense t(kItems, kItems);
  for (int32_t user = 0; user < order_.rows(); ++user) {
    const auto items = order_.row_items(user);
    for (size_t a = 0; a < items.size(); ++a) {
      for (size_t b = a + 1; b < items.size() && b <= a + 3; ++b) {
        double weight = std::pow(0.7, b - a - 1);
        for (size_t at = a + 1; at <= b; ++at) {
          if (order_.row_starts(user)[at] != 0) weight *= 0.4;
        }
        if (items[a] != items[b]) t.at(items[a], items[b]) += weight;
      }
    }
  }
  std::vector<double> incoming(kItems, 0);
  for (int a = 0; a < kItems; ++a) {
    double total = 0;
    for (int b = 0; b < kItems; ++b) total += t.at(a, b);
    for (int b = 0; b < kItems && total > 0; ++b) incoming[b] += t.at(a, b) /= total;
  }
  Dense scores(pairs_.rows, kItems);
  for (int32_t user = 0; user < pairs_.rows; ++user) {
    for (const auto& [item, weight] : recent(order_, user, 0.6, 0.4)) {
      for (int b = 0; b < kItems; ++b) {
        if (t.at(item, b) > 0) {
          scores.at(user, b) += weight * t.at(item, b) / std::sqrt(incoming[b]);
        }
      }
    }
  }
  Markov model(options);
  ASSERT_EQ(error_text(model.fit_in_order(pairs_, order_, pool_)), "");
  const auto lists =
      model.recommend(all_rows(pairs_), pairs_, {.k = kItems, .order = &order_}, pool_);
  expect_scores(*lists, scores, pairs_, 1e-5);
}

TEST_F(SequenceTest, SessionNeighboursEqualTheirFormula) {
  SCOPED_TRACE(kSeed);
  const SessionKnnOptions options{.neighbours = 1000, .memory = 0.7, .across = 0.3, .damping = 0.5};
  std::vector<std::set<int32_t>> sessions;
  for (int32_t user = 0; user < order_.rows(); ++user) {
    for (size_t at = 0; at < order_.row_items(user).size(); ++at) {
      if (order_.row_starts(user)[at] != 0) sessions.emplace_back();
      sessions.back().insert(order_.row_items(user)[at]);
    }
  }
  std::vector<double> counts(kItems, 0);
  for (const auto& session : sessions) {
    for (const int32_t item : session) ++counts[item];
  }
  Dense scores(pairs_.rows, kItems);
  for (int32_t user = 0; user < pairs_.rows; ++user) {
    const auto query = recent(order_, user, 0.7, 0.3);
    double norm = 0;
    for (const auto& entry : query) norm += entry.second * entry.second;
    for (const auto& session : sessions) {
      double similarity = 0;
      for (const auto& [item, weight] : query) {
        if (session.contains(item)) similarity += weight;
      }
      similarity /= std::sqrt(norm) * std::sqrt(static_cast<double>(session.size()));
      for (const int32_t item : session) {
        if (similarity > 0) scores.at(user, item) += similarity / std::sqrt(counts[item]);
      }
    }
  }
  SessionKnn model(options);
  ASSERT_EQ(error_text(model.fit_in_order(pairs_, order_, pool_)), "");
  const auto lists =
      model.recommend(all_rows(pairs_), pairs_, {.k = kItems, .order = &order_}, pool_);
  expect_scores(*lists, scores, pairs_, 1e-5);
}

TEST_F(SequenceTest, TheChainFindsWhatComesNext) {
  // 0 leads to 1, 1 to 2, ...: after 3 comes 4, whatever was met before.
  OrderedHistory chains;
  for (int32_t user = 0; user < 40; ++user) {
    for (int32_t step = 0; step < 5; ++step) {
      chains.items.push_back((user + step) % 12);
      chains.starts.push_back(step == 0 ? 1 : 0);
    }
    chains.offsets.push_back(static_cast<int64_t>(chains.items.size()));
  }
  const math::Csr pairs = pairs_of(chains, 12);
  for (const std::string kind : {"markov", "sessionknn"}) {
    std::unique_ptr<Recommender> model;
    if (kind == "markov") {
      model = std::make_unique<Markov>(MarkovOptions{.memory = 0.1});
    } else {
      model = std::make_unique<SessionKnn>(SessionKnnOptions{.memory = 0.1});
    }
    ASSERT_EQ(error_text(model->fit_in_order(pairs, chains, pool_)), "") << kind;
    const TopK lists = *model->recommend(all_rows(pairs), pairs, {.k = 1, .order = &chains}, pool_);
    for (int32_t user = 0; user < 40; ++user) {
      EXPECT_TRUE(kind != "markov" || lists.items[user] == (user + 5) % 12) << user;
    }
    ThreadPool one(1);
    const TopK again = *model->recommend(all_rows(pairs), pairs, {.k = 1, .order = &chains}, one);
    EXPECT_EQ(lists.items, again.items) << kind;
  }
}

TEST_F(SequenceTest, WhatTrendsIsCountedByAge) {
  // Item 0 was met thrice long ago, 1 twice of late, 2 once just now.
  OrderedHistory order;
  order.items = {0, 1, 0, 1, 0, 2};
  order.ages = {1, 0.25F, 0.9F, 0.2F, 0.8F, 0};
  order.starts = {1, 0, 1, 0, 1, 0};
  order.offsets = {0, 2, 4, 6};
  const math::Csr pairs = pairs_of(order, 4);
  const auto scores = [&](const TrendingOptions& options) {
    Trending model(options);
    EXPECT_EQ(error_text(model.fit_in_order(pairs, order, pool_)), "");
    const TopK lists = *model.similar_items(std::vector<int32_t>{3}, 3, pool_);
    std::vector<float> by_item(3, 0);
    for (int r = 0; r < 3; ++r) by_item[lists.items[r]] = lists.scores[r];
    return by_item;
  };
  EXPECT_EQ(scores({}), (std::vector<float>{3, 2, 1}));
  EXPECT_EQ(scores({.window = 0.85}), (std::vector<float>{1, 2, 1}));
  EXPECT_EQ(scores({.window = 0.1}), (std::vector<float>{0, 0, 1}));
  const auto faded = scores({.window = 1, .half_life = 0.1});
  EXPECT_NEAR(faded[0], std::exp2(-10) + std::exp2(-9) + std::exp2(-8), 1e-5);
  EXPECT_NEAR(faded[1], std::exp2(-2.5) + std::exp2(-2), 1e-5);
  EXPECT_NEAR(faded[2], 1, 1e-5);
  order.ages.clear();
  EXPECT_EQ(error_text(Trending({}).fit_in_order(pairs, order, pool_)),
            "it is not known how long ago things were met");
  order.ages = {0, 0, 0, 0, 0, 2};
  EXPECT_EQ(error_text(Trending({}).fit_in_order(pairs, order, pool_)),
            "the age 2 is not from 0 to 1");
}

TEST_F(SequenceTest, AWrongOrderIsAnError) {
  Markov model({});
  OrderedHistory short_order = order_;
  short_order.offsets.pop_back();
  EXPECT_EQ(error_text(model.fit_in_order(pairs_, short_order, pool_)),
            "the order of 59 users for interactions of 60");
  OrderedHistory negative = order_;
  negative.items[0] = -3;
  EXPECT_EQ(error_text(model.fit_in_order(pairs_, negative, pool_)), "item -3 is negative");
  OrderedHistory starts = order_;
  starts.starts.pop_back();
  EXPECT_NE(error_text(SessionKnn({}).fit_in_order(pairs_, starts, pool_)), "");
  EXPECT_EQ(error_text(check_options(MarkovOptions{.decay = 2})),
            "decay: decay = 2 is out of range\n  mend: use a value from 0 to 1");
}

}  // namespace
}  // namespace coterie::recommend
