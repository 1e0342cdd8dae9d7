#include "evaluation/ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"

namespace coterie::evaluation {
namespace {

math::Csr matrix_of(int32_t rows, int32_t cols, const std::vector<std::vector<int32_t>>& lists) {
  math::Csr matrix;
  matrix.rows = rows;
  matrix.cols = cols;
  matrix.offsets = {0};
  for (const auto& list : lists) {
    matrix.indices.insert(matrix.indices.end(), list.begin(), list.end());
    matrix.offsets.push_back(static_cast<int64_t>(matrix.indices.size()));
  }
  matrix.values.assign(matrix.indices.size(), 1.0F);
  return matrix;
}

math::TopK lists_of(int k, const std::vector<std::vector<int32_t>>& lists) {
  math::TopK top(static_cast<int64_t>(lists.size()), k);
  for (size_t i = 0; i < lists.size(); ++i) {
    std::copy(lists[i].begin(), lists[i].end(), top.items.begin() + static_cast<int64_t>(i) * k);
    top.counts[i] = static_cast<int32_t>(lists[i].size());
  }
  return top;
}

TEST(RankingTest, WorkedExample) {
  ThreadPool pool(1);
  // User 0 has items 1, 4, 5 in the test and is shown 4, 2, 1; user 1 has nothing in the test.
  const auto test = matrix_of(2, 8, {{1, 4, 5}, {}});
  const auto lists = lists_of(3, {{4, 2, 1}, {0, 1, 2}});
  const std::vector<int32_t> users{0, 1};
  const auto report = *evaluate_ranking(lists, users, test, {.at = {1, 3}}, pool);
  EXPECT_EQ(report.users, 1);
  EXPECT_EQ(report.users_without_test, 1);
  const auto& m = report.metrics;
  EXPECT_DOUBLE_EQ(m.at("precision@3"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(m.at("recall@3"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(m.at("recall@1"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(m.at("map@3"), (1.0 + 2.0 / 3) / 3);
  EXPECT_DOUBLE_EQ(m.at("ndcg@3"), 1.5 / (1 + 1 / std::log2(3.0) + 0.5));
  EXPECT_DOUBLE_EQ(m.at("ndcg@1"), 1);
  EXPECT_DOUBLE_EQ(m.at("hit_rate@3"), 1);
  EXPECT_DOUBLE_EQ(m.at("mrr@3"), 1);
  EXPECT_DOUBLE_EQ(m.at("coverage@3"), 4.0 / 8);
}

// Every definition again, written the slow way.
std::map<std::string, double> naive(const std::vector<int32_t>& list,
                                    const std::set<int32_t>& truth, int k) {
  std::map<std::string, double> m;
  std::vector<int> hit;
  for (int r = 0; r < k; ++r) {
    hit.push_back(r < static_cast<int>(list.size()) && truth.contains(list[r]) ? 1 : 0);
  }
  const int hits = std::accumulate(hit.begin(), hit.end(), 0);
  const int reachable = std::min<int>(k, static_cast<int>(truth.size()));
  m["precision"] = static_cast<double>(hits) / k;
  m["recall"] = static_cast<double>(hits) / static_cast<double>(truth.size());
  m["hit_rate"] = hits > 0;
  double dcg = 0;
  double idcg = 0;
  double average = 0;
  for (int r = 0; r < k; ++r) {
    dcg += hit[r] / std::log2(r + 2.0);
    if (r < reachable) idcg += 1 / std::log2(r + 2.0);
    const int so_far = std::accumulate(hit.begin(), hit.begin() + r + 1, 0);
    average += hit[r] * static_cast<double>(so_far) / (r + 1);
    if (hit[r] == 1 && m["mrr"] == 0) m["mrr"] = 1.0 / (r + 1);
  }
  m["ndcg"] = dcg / idcg;
  m["map"] = average / reachable;
  return m;
}

TEST(RankingTest, EqualsNaiveMetricsOnRandomLists) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::vector<std::vector<int32_t>> truths, shown;
    for (uint64_t u = 0; u < 300; ++u) {
      std::vector<int32_t> items(40);
      std::iota(items.begin(), items.end(), 0);
      std::sort(items.begin(), items.end(), [&](int32_t a, int32_t b) {
        return mix64(seed + u * 100 + a) < mix64(seed + u * 100 + b);
      });
      std::vector<int32_t> truth(items.begin(), items.begin() + mix64(seed + u) % 12);
      std::sort(truth.begin(), truth.end());
      truths.push_back(truth);
      std::sort(items.begin(), items.end(), [&](int32_t a, int32_t b) {
        return mix64(seed * 7 + u * 100 + a) < mix64(seed * 7 + u * 100 + b);
      });
      items.resize(mix64(u) % 16);
      shown.push_back(items);
    }
    const auto test = matrix_of(300, 40, truths);
    std::vector<int32_t> users(300);
    std::iota(users.begin(), users.end(), 0);
    std::map<std::string, double> expected;
    int evaluated = 0;
    for (int u = 0; u < 300; ++u) {
      if (truths[u].empty()) continue;
      ++evaluated;
      for (const int k : {1, 5, 15}) {
        for (const auto& [name, value] : naive(shown[u], {truths[u].begin(), truths[u].end()}, k)) {
          expected[name + "@" + std::to_string(k)] += value;
        }
      }
    }
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      const auto report =
          *evaluate_ranking(lists_of(15, shown), users, test, {.at = {1, 5, 15}}, pool);
      EXPECT_EQ(report.users, evaluated);
      EXPECT_EQ(report.users_without_test, 300 - evaluated);
      for (const int k : {1, 5, 15}) {
        std::set<int32_t> seen;
        for (const auto& list : shown) {
          seen.insert(list.begin(), list.begin() + std::min<int64_t>(k, std::ssize(list)));
        }
        EXPECT_DOUBLE_EQ(report.metrics.at("coverage@" + std::to_string(k)),
                         static_cast<double>(seen.size()) / 40);
      }
      for (const auto& [name, sum] : expected) {
        EXPECT_NEAR(report.metrics.at(name), sum / evaluated, 1e-12) << name;
      }
    }
  }
}

// Every pair of a wanted and another item, one by one.
double naive_area(const std::vector<int32_t>& list, const std::set<int32_t>& truth) {
  double right = 0;
  double pairs = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    for (size_t j = 0; j < list.size(); ++j) {
      if (!truth.contains(list[i]) || truth.contains(list[j])) continue;
      pairs += 1;
      right += i < j;
    }
  }
  return pairs > 0 ? right / pairs : 0.5;
}

TEST(RankingTest, AreaUnderTheCurveCountsOrderedPairs) {
  ThreadPool pool(2);
  const auto test = matrix_of(3, 4, {{0}, {1, 3}, {2}});
  const auto lists = lists_of(4, {{0, 1, 2, 3}, {0, 1, 2, 3}, {0, 1, 3, 2}});
  const std::vector<int32_t> users{0, 1, 2};
  const auto areas = *areas_under_curve(lists, users, test, pool);
  EXPECT_EQ(areas, (std::vector<double>{1, 0.25, 0}));
  const auto report = *evaluate_ranking(lists, users, test, {.at = {1}, .areas = areas}, pool);
  EXPECT_DOUBLE_EQ(report.metrics.at("auc"), (1.0 + 0.25 + 0.0) / 3);
}

TEST(RankingTest, AreasEqualCountingPairsOnRandomLists) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::vector<std::vector<int32_t>> truths, shown;
    std::vector<int32_t> users;
    for (uint64_t u = 0; u < 60; ++u) {
      std::vector<int32_t> list, truth;
      for (int32_t item = 0; item < 30; ++item) {
        if (mix64(seed + u * 1000 + item) % 4 == 0) truth.push_back(item);
        if (mix64(seed * 3 + u * 77 + item) % 5 > 0) list.push_back(item);
      }
      std::sort(list.begin(), list.end(), [&](int32_t a, int32_t b) {
        return mix64(seed * 7 + u * 100 + a) < mix64(seed * 7 + u * 100 + b);
      });
      truths.push_back(truth);
      shown.push_back(list);
      users.push_back(static_cast<int32_t>(u));
    }
    ThreadPool pool(3);
    const auto areas =
        *areas_under_curve(lists_of(30, shown), users, matrix_of(60, 30, truths), pool);
    for (size_t u = 0; u < users.size(); ++u) {
      const std::set<int32_t> truth(truths[u].begin(), truths[u].end());
      EXPECT_NEAR(areas[u], naive_area(shown[u], truth), 1e-12) << "user " << u;
    }
  }
}

TEST(RankingTest, IntervalsHoldTheMetricAndNarrowWithMoreUsers) {
  double widths[2];
  for (int round = 0; round < 2; ++round) {
    const int users = round == 0 ? 50 : 5000;
    std::vector<std::vector<int32_t>> truths, shown;
    std::vector<int32_t> ids;
    for (int u = 0; u < users; ++u) {
      truths.push_back({static_cast<int32_t>(mix64(u) % 4)});
      shown.push_back({0, 1});
      ids.push_back(u);
    }
    const RankingOptions options{.at = {2}, .resamples = 400};
    std::vector<Interval> intervals;
    for (const int threads : {1, 4}) {
      ThreadPool pool(threads);
      const auto report =
          *evaluate_ranking(lists_of(2, shown), ids, matrix_of(users, 4, truths), options, pool);
      intervals.push_back(report.intervals.at("ndcg@2"));
      EXPECT_LE(intervals.back().low, report.metrics.at("ndcg@2"));
      EXPECT_GE(intervals.back().high, report.metrics.at("ndcg@2"));
    }
    EXPECT_EQ(intervals[0].low, intervals[1].low);
    EXPECT_EQ(intervals[0].high, intervals[1].high);
    widths[round] = intervals[0].high - intervals[0].low;
  }
  EXPECT_NEAR(widths[1] / widths[0], 0.1, 0.05);
}

// For a share p of n users the bootstrap's interval is close to the normal one.
TEST(RankingTest, IntervalsAgreeWithTheNormalApproximation) {
  const int users = 2000;
  std::vector<std::vector<int32_t>> truths, shown;
  std::vector<int32_t> ids;
  for (int u = 0; u < users; ++u) {
    truths.push_back({static_cast<int32_t>(u % 4)});
    shown.push_back({0});
    ids.push_back(u);
  }
  ThreadPool pool(2);
  RankingOptions options{.at = {1}, .resamples = 2000, .seed = 3};
  const auto test = matrix_of(users, 4, truths);
  const auto one = *evaluate_ranking(lists_of(1, shown), ids, test, options, pool);
  const double half = 1.96 * std::sqrt(0.25 * 0.75 / users);
  EXPECT_NEAR(one.intervals.at("recall@1").low, 0.25 - half, 0.1 * half);
  EXPECT_NEAR(one.intervals.at("recall@1").high, 0.25 + half, 0.1 * half);
  EXPECT_FALSE(one.intervals.contains("coverage@1"));
  options.seed = 4;
  const auto other = *evaluate_ranking(lists_of(1, shown), ids, test, options, pool);
  EXPECT_NE(one.intervals.at("recall@1").low, other.intervals.at("recall@1").low);
}

TEST(RankingTest, RefusesWrongInput) {
  ThreadPool pool(1);
  const auto test = matrix_of(1, 4, {{0}});
  const std::vector<int32_t> users{0};
  const std::vector<int32_t> stranger{3};
  const auto text = [](const auto& result) { return result.ok() ? "" : result.error().message; };
  EXPECT_EQ(text(evaluate_ranking(lists_of(2, {{0, 1}}), users, test, {.at = {5}}, pool)),
            "cannot measure at 5: lists have 2 items");
  EXPECT_EQ(text(evaluate_ranking(lists_of(2, {{0, 1}}), stranger, test, {.at = {1}}, pool)),
            "user 3 is outside of the test's 1 rows");
  EXPECT_EQ(text(evaluate_ranking(lists_of(2, {{0, 9}}), users, test, {.at = {1}}, pool)),
            "item 9 is outside of the test's 4");
  EXPECT_EQ(text(evaluate_ranking(lists_of(2, {}), users, test, {.at = {1}}, pool)),
            "0 lists for 1 users");
  const std::vector<double> areas{0.5, 0.5};
  EXPECT_EQ(
      text(evaluate_ranking(lists_of(2, {{0}}), users, test, {.at = {1}, .areas = areas}, pool)),
      "2 areas for 1 users");
  EXPECT_EQ(
      text(evaluate_ranking(lists_of(2, {{0}}), users, matrix_of(1, 4, {{}}), {.at = {1}}, pool)),
      "no user has anything in the test");
}

}  // namespace
}  // namespace coterie::evaluation
