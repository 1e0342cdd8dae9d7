#include "math/packed_rows.h"

#include <vector>

#include <gtest/gtest.h>

#include "math/test_matrices.h"

namespace coterie::math {
namespace {

TEST(PackedRows, EqualPlainLoops) {
  for (const int64_t n : {1, 31, 32, 100}) {
    for (const int d : {1, 7, 40}) {
      for (const int64_t m : {1, 48, 61}) {
        const auto rows = test_matrix(1, n, d);
        const auto a = test_matrix(2, m, d);
        std::vector<float> out(static_cast<size_t>(m * n));
        PackedRows(rows, n, d).multiply(a.data(), m, out.data());
        for (int64_t r = 0; r < m; ++r) {
          for (int64_t i = 0; i < n; ++i) {
            double expected = 0;
            for (int64_t j = 0; j < d; ++j) {
              expected += static_cast<double>(a[r * d + j]) * rows[i * d + j];
            }
            ASSERT_NEAR(out[r * n + i], expected, 1e-5) << m << " x " << n << " x " << d;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace coterie::math
