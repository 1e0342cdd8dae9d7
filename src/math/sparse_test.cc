#include "math/sparse.h"

#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "math/test_matrices.h"

namespace coterie::math {
namespace {

struct Entries {
  std::vector<int32_t> rows, cols;
  std::vector<float> values;
};

Entries random_entries(uint64_t seed, int count, int32_t rows, int32_t cols) {
  Entries entries;
  for (int64_t i = 0; i < count; ++i) {
    entries.rows.push_back(static_cast<int32_t>(mix64(seed + 3 * i) % rows));
    entries.cols.push_back(static_cast<int32_t>(mix64(seed + 3 * i + 1) % cols));
    entries.values.push_back(test_value(seed, i));
  }
  return entries;
}

std::map<std::pair<int32_t, int32_t>, float> as_map(const Csr& matrix) {
  std::map<std::pair<int32_t, int32_t>, float> map;
  for (int32_t r = 0; r < matrix.rows; ++r) {
    for (size_t i = 0; i < matrix.row_indices(r).size(); ++i) {
      map[{r, matrix.row_indices(r)[i]}] = matrix.row_values(r)[i];
    }
  }
  return map;
}

TEST(SparseTest, EntriesAndTransposeEqualAMapForEveryThreadCount) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto rows = static_cast<int32_t>(1 + mix64(seed) % 9000);
    const auto cols = static_cast<int32_t>(1 + mix64(seed + 77) % 50);
    const Entries e = random_entries(seed, 20000, rows, cols);
    std::map<std::pair<int32_t, int32_t>, float> expected;
    for (size_t i = 0; i < e.rows.size(); ++i) {
      const auto [place, fresh] = expected.emplace(std::pair{e.rows[i], e.cols[i]}, e.values[i]);
      if (!fresh) place->second += e.values[i];
    }
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      const Csr matrix = *csr_from_entries(rows, cols, e.rows, e.cols, e.values, pool);
      EXPECT_EQ(as_map(matrix), expected);
      for (int32_t r = 0; r < rows; ++r) {
        const auto ids = matrix.row_indices(r);
        for (size_t i = 1; i < ids.size(); ++i) ASSERT_LT(ids[i - 1], ids[i]);
      }
      const Csr turned = transpose(matrix, pool);
      EXPECT_EQ(turned.rows, cols);
      std::map<std::pair<int32_t, int32_t>, float> back;
      for (const auto& [place, value] : as_map(turned)) {
        back[{place.second, place.first}] = value;
      }
      EXPECT_EQ(back, expected);
    }
  }
}

TEST(SparseTest, RefusesWrongEntriesByPlace) {
  ThreadPool pool(1);
  const std::vector<int32_t> rows{0, 2};
  const std::vector<int32_t> cols{0, 1};
  const std::vector<float> values{1, 1};
  const auto outside = csr_from_entries(2, 2, rows, cols, values, pool);
  ASSERT_FALSE(outside.ok());
  EXPECT_EQ(outside.error().to_text(), "entry 1 is at (2, 1), outside of 2 x 2");
  const std::vector<float> bad{1, NAN};
  const auto not_finite = csr_from_entries(3, 2, rows, cols, bad, pool);
  ASSERT_FALSE(not_finite.ok());
  EXPECT_EQ(not_finite.error().to_text(), "entry 1 at (2, 1) is not a finite number");
  EXPECT_FALSE(csr_from_entries(3, 2, rows, cols, {bad.data(), 1}, pool).ok());
  EXPECT_FALSE(csr_from_entries(-1, 2, {}, {}, {}, pool).ok());
}

TEST(SparseTest, EmptyMatrix) {
  ThreadPool pool(2);
  const Csr matrix = *csr_from_entries(0, 0, {}, {}, {}, pool);
  EXPECT_EQ(matrix.entries(), 0);
  EXPECT_EQ(transpose(matrix, pool).entries(), 0);
  const Csr rows_only = *csr_from_entries(3, 2, {}, {}, {}, pool);
  EXPECT_TRUE(rows_only.row_indices(2).empty());
  EXPECT_EQ(transpose(rows_only, pool).rows, 2);
}

TEST(SparseTest, LeaveOutDropsTheMarkedEntries) {
  ThreadPool pool(1);
  const std::vector<int32_t> rows{0, 0, 2};
  const std::vector<int32_t> cols{0, 1, 1};
  const std::vector<float> values{1, 2, 3};
  const Csr matrix = *csr_from_entries(3, 2, rows, cols, values, pool);
  const std::vector<uint8_t> dropped{0, 1, 0};
  const std::map<std::pair<int32_t, int32_t>, float> expected{{{0, 0}, 1.0F}, {{2, 1}, 3.0F}};
  EXPECT_EQ(as_map(leave_out(matrix, dropped)), expected);
}

}  // namespace
}  // namespace coterie::math
