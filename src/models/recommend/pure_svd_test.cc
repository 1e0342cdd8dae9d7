// PureSVD against the dense decomposition.
#include "models/recommend/pure_svd.h"

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

// x D_I^-b V Vᵀ D_I^c, V from the eigenvectors of the dense Gram matrix.
Dense oracle(const Dense& x, const PureSvdOptions& o) {
  std::vector<double> users(static_cast<size_t>(x.rows), 0.0);
  std::vector<double> items(static_cast<size_t>(x.cols), 0.0);
  for (int u = 0; u < x.rows; ++u) {
    for (int i = 0; i < x.cols; ++i) {
      users[u] += x.at(u, i);
      items[i] += x.at(u, i);
    }
  }
  Dense normal = x;
  Dense query = x;
  for (int u = 0; u < x.rows; ++u) {
    for (int i = 0; i < x.cols; ++i) {
      normal.at(u, i) *= std::pow(users[u], -o.user_power) * std::pow(items[i], -o.item_power);
      query.at(u, i) *= std::pow(items[i], -o.item_power);
    }
  }
  const auto eigen = math::symmetric_eigen(product(transposed(normal), normal).values, x.cols);
  Dense vectors(x.cols, o.factors);
  for (int f = 0; f < o.factors; ++f) {
    for (int i = 0; i < x.cols; ++i) {
      vectors.at(i, f) = eigen.vectors[static_cast<size_t>(x.cols - 1 - f) * x.cols + i];
    }
  }
  Dense scores = product(product(query, vectors), transposed(vectors));
  for (int u = 0; u < x.rows; ++u) {
    for (int i = 0; i < x.cols; ++i) scores.at(u, i) *= std::pow(items[i], o.lift);
  }
  return scores;
}

TEST(PureSvdTest, EqualsTheDenseDecomposition) {
  const math::Csr world = group_world(9, 100, 60, 4, 0.5, 0.03);
  ThreadPool pool(2);
  std::vector<int32_t> users(100);
  std::iota(users.begin(), users.end(), 0);
  for (const double power : {0.0, 1.0}) {
    // The four groups stand out, so that the space of four vectors is sharp.
    const PureSvdOptions options{.factors = 4,
                                 .user_power = 0.3,
                                 .item_power = 0.4,
                                 .lift = 0.2,
                                 .iterations = 20,
                                 .value_power = power};
    PureSvd model(options);
    ASSERT_EQ(error_text(model.fit(world, pool)), "");
    expect_scores(*model.recommend(users, world, {.k = 60}, pool),
                  oracle(dense_of(world, power), options), world, 2e-4);
  }
}

TEST(PureSvdTest, RelatesItemsOfAGroup) {
  const math::Csr world = group_world(2, 300, 150, 3, 0.3, 0.02);
  ThreadPool pool(2);
  PureSvd model({.factors = 6});
  ASSERT_TRUE(model.fit(world, pool).ok());
  int related = 0;
  for (int32_t item = 0; item < 150; ++item) {
    const TopK top = *model.similar_items({&item, 1}, 10, pool);
    for (const int32_t other : top.list(0)) related += other % 3 == item % 3;
  }
  EXPECT_GT(related, 0.95 * 1500);
}

TEST(PureSvdTest, NamesTheOptionThatIsWrongAndStops) {
  const math::Csr world = group_world(2, 50, 30, 1, 0.5, 0);
  ThreadPool pool(1);
  EXPECT_EQ(PureSvd({.factors = 0}).fit(world, pool).error().to_text(),
            "factors: factors = 0 is out of range\n  mend: use a value from 1 to 4096");
  EXPECT_EQ(PureSvd({.lift = 3}).fit(world, pool).error().to_text(),
            "lift: lift = 3 is out of range\n  mend: use a value from -2 to 2");
  request_cancel();
  const Status stopped = PureSvd({}).fit(world, pool);
  reset_cancel();
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace coterie::recommend
