// Selection from rows against a plain sort.
#include "math/row_select.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "math/test_matrices.h"

namespace coterie::math {
namespace {

struct Wanted {
  std::vector<int32_t> items;
  std::vector<float> scores;
};

Wanted sorted(const std::vector<float>& scores, const std::vector<int32_t>& excluded,
              const std::vector<uint8_t>& allowed, int k) {
  std::vector<int32_t> order;
  for (int32_t i = 0; i < static_cast<int32_t>(scores.size()); ++i) {
    if (std::binary_search(excluded.begin(), excluded.end(), i)) continue;
    if (!allowed.empty() && allowed[i] == 0) continue;
    order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return scores[a] > scores[b]; });
  Wanted wanted;
  for (size_t i = 0; i < std::min(order.size(), static_cast<size_t>(k)); ++i) {
    wanted.items.push_back(order[i]);
    wanted.scores.push_back(scores[order[i]]);
  }
  return wanted;
}

void expect_list(const TopK& out, int64_t row, const Wanted& wanted) {
  ASSERT_EQ(out.counts[row], static_cast<int32_t>(wanted.items.size()));
  for (size_t i = 0; i < wanted.items.size(); ++i) {
    ASSERT_EQ(out.items[row * out.k + static_cast<int64_t>(i)], wanted.items[i]) << i;
    ASSERT_EQ(out.scores[row * out.k + static_cast<int64_t>(i)], wanted.scores[i]) << i;
  }
}

TEST(RowSelect, EqualsASort) {
  RowSelector selector;
  for (const int n : {1, 40, 513, 5000}) {
    for (const int k : {0, 1, 20, 700, 6000}) {
      for (const int shape : {0, 1, 2}) {
        std::vector<float> scores =
            test_matrix(static_cast<uint64_t>(n) * 31 + static_cast<uint64_t>(k), 1, n);
        // Ties, and the order that raises the threshold at every look.
        if (shape == 1) {
          for (float& score : scores) score = static_cast<float>(static_cast<int>(score * 4));
        }
        if (shape == 2) std::sort(scores.begin(), scores.end());
        std::vector<int32_t> excluded;
        std::vector<uint8_t> allowed;
        if (shape > 0) {
          for (int32_t i = 0; i < n; i += 3) excluded.push_back(i);
          for (int32_t i = 0; i < n; ++i) allowed.push_back(i % 5 == 0 ? 0 : 1);
        }
        const Wanted wanted = sorted(scores, excluded, allowed, k);
        TopK out(2, k);
        std::vector<float> row = scores;
        selector.select(row, excluded, allowed, 1, out);
        expect_list(out, 1, wanted);
        std::vector<Candidate> scored;
        for (int32_t i = n - 1; i >= 0; --i) scored.push_back({scores[i], i});
        selector.select(scored, 0, out);
        expect_list(out, 0, sorted(scores, {}, {}, k));
      }
    }
  }
}

}  // namespace
}  // namespace coterie::math
