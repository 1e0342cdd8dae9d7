#include "math/topk.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "math/isa.h"
#include "math/test_matrices.h"
#include "math/topk_internal.h"

namespace coterie::math {
namespace {

struct Problem {
  int64_t queries;
  int64_t items;
  int d;
  std::vector<float> q, v;
  std::vector<std::vector<int32_t>> excluded;
  std::vector<uint8_t> allowed;
};

Problem random_problem(uint64_t seed) {
  Problem p;
  p.queries = 1 + static_cast<int64_t>(mix64(seed) % 230);
  p.items = 1 + static_cast<int64_t>(mix64(seed + 1) % 900);
  p.d = 1 + static_cast<int>(mix64(seed + 2) % 40);
  p.q = test_matrix(seed, p.queries, p.d);
  p.v = test_matrix(seed + 1000, p.items, p.d);
  // Norms that differ a lot, so that panels are skipped; some items twice, so that scores tie.
  for (int64_t i = 0; i < p.items; ++i) {
    const float size = static_cast<float>(1 + mix64(seed + i) % 8);
    for (int j = 0; j < p.d; ++j) p.v[i * p.d + j] *= size;
    if (i > 0 && mix64(seed * 31 + i) % 5 == 0) {
      std::copy_n(p.v.begin() + (i - 1) * p.d, p.d, p.v.begin() + i * p.d);
    }
  }
  for (int64_t u = 0; u < p.queries; ++u) {
    std::vector<int32_t> ids;
    for (int32_t i = 0; i < p.items; ++i) {
      if (mix64(seed ^ (u * 131071 + i)) % 4 == 0) ids.push_back(i);
    }
    p.excluded.push_back(ids);
  }
  if (seed % 2 == 0) {
    for (int64_t i = 0; i < p.items; ++i) p.allowed.push_back(mix64(seed + 9 * i) % 3 != 0);
  }
  return p;
}

// Whether this build's kernels round once a multiply-add; sanitizers keep compilers from fusing.
bool kernels_fuse() {
  const float x = 1 + 0x1p-12F;
  const float square = x * x;  // rounded: x * x needs 25 bits
  ThreadPool pool(1);
  const ScoredColumns columns(std::vector<float>{1, x}, 1, 2, {});
  const auto top = columns.top_k(std::vector<float>{-square, x}, 1, 1, {}, pool);
  return top->scores[0] != 0;
}

// One multiply-add a step, like the kernels.
float chain(const float* a, const float* b, int d, bool fused) {
  float sum = 0;
  for (int j = 0; j < d; ++j) sum = fused ? std::fma(a[j], b[j], sum) : sum + a[j] * b[j];
  return sum;
}

std::vector<std::pair<float, int32_t>> naive_list(const Problem& p, int64_t u, int k, bool fused) {
  std::vector<std::pair<float, int32_t>> all;
  for (int32_t i = 0; i < p.items; ++i) {
    if (!p.allowed.empty() && p.allowed[i] == 0) continue;
    if (std::binary_search(p.excluded[u].begin(), p.excluded[u].end(), i)) continue;
    all.emplace_back(-chain(&p.q[u * p.d], &p.v[int64_t{i} * p.d], p.d, fused), i);
  }
  std::sort(all.begin(), all.end());
  if (static_cast<int>(all.size()) > k) all.resize(static_cast<size_t>(k));
  return all;
}

void expect_naive(const Problem& p, const TopK& top, bool fused) {
  for (int64_t u = 0; u < p.queries; ++u) {
    const auto expected = naive_list(p, u, top.k, fused);
    ASSERT_EQ(static_cast<size_t>(top.counts[u]), expected.size());
    for (int r = 0; r < top.k; ++r) {
      const bool filled = r < top.counts[u];
      ASSERT_EQ(top.items[u * top.k + r], filled ? expected[r].second : -1) << "list " << u;
      ASSERT_EQ(top.scores[u * top.k + r], filled ? -expected[r].first : 0.0F) << "list " << u;
    }
  }
}

TEST(TopKTest, FusedSelectionEqualsNaiveOnEveryIsaAndThreadCount) {
  for (uint64_t seed = 1; seed <= 24; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Problem p = random_problem(seed);
    const int k = static_cast<int>(1 + mix64(seed + 5) % 60);
    for (const Isa isa : supported_isas()) {
      const ScopedIsa forced(isa);
      const bool fused = kernels_fuse();
      const ScoredColumns columns(p.v, p.items, p.d, p.allowed);
      const auto excluded = [&](int64_t u) { return std::span<const int32_t>(p.excluded[u]); };
      for (const int threads : {1, 2, 4}) {
        ThreadPool pool(threads);
        const auto top = columns.top_k(p.q, p.queries, k, excluded, pool);
        ASSERT_TRUE(top.ok());
        expect_naive(p, *top, fused);
      }
    }
  }
}

TEST(TopKTest, PreselectionInBfloat16ChangesNothing) {
  if (supported_isas().back() != Isa::kAvx512Bf16) {
    GTEST_SKIP() << "this CPU has no products of bfloat16";
  }
  const int d = 33;
  const int64_t items = 20'000;
  const int64_t queries = 300;
  auto v = test_matrix(1, items, d);
  // Near ties: many items differ from another by less than a bfloat16 can tell.
  for (int64_t i = 1; i < items; i += 2) {
    for (int j = 0; j < d; ++j) v[i * d + j] = v[(i - 1) * d + j] * (1 + 1e-4F * (i % 7));
  }
  const auto q = test_matrix(2, queries, d);
  ThreadPool pool(2);
  std::vector<TopK> lists;
  for (const Isa isa : {Isa::kAvx512, Isa::kAvx512Bf16}) {
    const ScopedIsa forced(isa);
    const ScoredColumns columns(v, items, d, {});
    lists.push_back(*columns.top_k(q, queries, 50, {}, pool));
  }
  EXPECT_EQ(lists[0].items, lists[1].items);
  EXPECT_EQ(lists[0].scores, lists[1].scores);
}

TEST(TopKTest, ZeroQueriesTieByItem) {
  ThreadPool pool(1);
  const auto items = test_matrix(1, 500, 8);
  const std::vector<float> query(8, 0.0F);
  const ScoredColumns columns(items, 500, 8, {});
  const TopK top = *columns.top_k(query, 1, 5, {}, pool);
  EXPECT_EQ(std::vector<int32_t>(top.items.begin(), top.items.end()),
            (std::vector<int32_t>{0, 1, 2, 3, 4}));
}

TEST(TopKTest, NothingToChooseFrom) {
  ThreadPool pool(1);
  const auto items = test_matrix(1, 4, 2);
  const std::vector<uint8_t> none(4, 0);
  const ScoredColumns columns(items, 4, 2, none);
  const TopK top = *columns.top_k(items, 4, 3, {}, pool);
  EXPECT_EQ(top.counts, std::vector<int32_t>(4, 0));
  EXPECT_EQ(top.items, std::vector<int32_t>(12, -1));
  const ScoredColumns all(items, 4, 2, {});
  EXPECT_TRUE(all.top_k(items, 4, 0, {}, pool)->items.empty());
}

TEST(TopKTest, PlainSelectionOrdersAndLeavesOut) {
  TopK top(1, 3);
  const std::vector<float> scores{1, 5, 5, 2, 9};
  const std::vector<int32_t> excluded{4};
  select_top_k(scores, excluded, 0, top);
  EXPECT_EQ(top.items, (std::vector<int32_t>{1, 2, 3}));
  EXPECT_EQ(top.scores, (std::vector<float>{5, 5, 2}));
}

TEST(TopKTest, CandidatesSortByScoreThenColumn) {
  for (const int n : {0, 1, 10, 63, 64, 65, 500}) {
    std::vector<Candidate> list;
    for (int i = 0; i < n; ++i) {
      // Few values: ties, both zeros, both signs, extremes.
      constexpr float kValues[] = {0.0F, -0.0F, 1.5F, -1.5F, 1e-40F, 3e38F, -3e38F, 7.0F};
      const uint64_t draw =
          mix64(uint64_t{1000} * static_cast<uint64_t>(n) + static_cast<uint64_t>(i));
      const float score =
          draw % 3 == 0 ? kValues[draw / 3 % 8] : static_cast<float>(draw >> 40) / 1e6F - 8.0F;
      list.push_back({score, static_cast<int32_t>(mix64(draw) % 1'000'000)});
    }
    auto expected = list;
    std::sort(expected.begin(), expected.end(), kBetter);
    sort_candidates(list);
    for (int i = 0; i < n; ++i) {
      ASSERT_EQ(list[i].column, expected[i].column) << n << " " << i;
      ASSERT_EQ(list[i].score, expected[i].score) << n << " " << i;
    }
  }
}

}  // namespace
}  // namespace coterie::math
