// GF-CF against its formula on dense matrices.
#include "models/recommend/gfcf.h"

#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "base/cancel.h"
#include "base/test_results.h"
#include "math/eigen.h"
#include "models/recommend/test_oracle.h"
#include "models/recommend/test_worlds.h"

namespace coterie::recommend {
namespace {

// D_I^-a R̃ᵀR̃ D_I^a + α D_I^-½ V Vᵀ D_I^½.
Dense filters(const Dense& x, double alpha, double asymmetry, int factors) {
  std::vector<double> users(static_cast<size_t>(x.rows), 0.0);
  std::vector<double> items(static_cast<size_t>(x.cols), 0.0);
  for (int u = 0; u < x.rows; ++u) {
    for (int i = 0; i < x.cols; ++i) {
      users[u] += x.at(u, i);
      items[i] += x.at(u, i);
    }
  }
  Dense normal = x;
  for (int u = 0; u < x.rows; ++u) {
    for (int i = 0; i < x.cols; ++i) normal.at(u, i) /= std::sqrt(users[u] * items[i]);
  }
  Dense out = product(transposed(normal), normal);
  const auto eigen = math::symmetric_eigen(out.values, x.cols);
  for (int i = 0; i < x.cols; ++i) {
    for (int j = 0; j < x.cols; ++j) out.at(i, j) *= std::pow(items[j] / items[i], asymmetry);
  }
  for (int f = 0; f < factors; ++f) {
    const double* v = eigen.vectors.data() + static_cast<size_t>(x.cols - 1 - f) * x.cols;
    for (int i = 0; i < x.cols; ++i) {
      for (int j = 0; j < x.cols; ++j) {
        out.at(i, j) += alpha * v[i] * v[j] * std::sqrt(items[j] / items[i]);
      }
    }
  }
  return out;
}

TEST(GfCfTest, EqualsTheFormula) {
  const math::Csr world = group_world(9, 100, 60, 4, 0.5, 0.03);
  ThreadPool pool(2);
  std::vector<int32_t> users(100);
  std::iota(users.begin(), users.end(), 0);
  for (const double power : {0.0, 1.0}) {
    for (const double alpha : {0.0, 0.4}) {
      const double asymmetry = power / 5;
      GfCf model({.alpha = alpha,
                  .asymmetry = asymmetry,
                  .factors = 4,
                  .iterations = 20,
                  .value_power = power});
      ASSERT_EQ(error_text(model.fit(world, pool)), "");
      const Dense x = dense_of(world, power);
      const Dense filter = filters(x, alpha, asymmetry, 4);
      expect_scores(*model.recommend(users, world, {.k = 60}, pool), product(x, filter), world,
                    2e-4);
      const std::vector<int32_t> items{0, 31};
      const TopK near = *model.similar_items(items, 59, pool);
      for (size_t i = 0; i < items.size(); ++i) {
        for (int r = 0; r < 59; ++r) {
          EXPECT_NEAR(near.scores[i * 59 + r], filter.at(items[i], near.items[i * 59 + r]), 1e-4);
        }
      }
    }
  }
}

TEST(GfCfTest, NamesTheOptionThatIsWrongAndStops) {
  const math::Csr world = group_world(2, 50, 30, 1, 0.5, 0);
  ThreadPool pool(1);
  EXPECT_EQ(GfCf({.alpha = -1}).fit(world, pool).error().to_text(),
            "alpha: alpha = -1 is out of range\n  mend: use a value from 0 to 1e6");
  EXPECT_EQ(GfCf({.neighbours = 0}).fit(world, pool).error().message,
            "neighbours = 0 is out of range");
  request_cancel();
  const Status stopped = GfCf({}).fit(world, pool);
  reset_cancel();
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace coterie::recommend
