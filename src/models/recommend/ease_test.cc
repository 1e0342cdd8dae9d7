// EASE against its closed form in double.
#include "models/recommend/ease.h"

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "base/cancel.h"
#include "base/test_results.h"
#include "models/recommend/test_oracle.h"
#include "models/recommend/test_worlds.h"

namespace coterie::recommend {
namespace {

Dense inverse(Dense a) {
  Dense out(a.rows, a.rows);
  for (int i = 0; i < a.rows; ++i) out.at(i, i) = 1;
  for (int k = 0; k < a.rows; ++k) {
    const double pivot = a.at(k, k);
    for (int j = 0; j < a.rows; ++j) {
      a.at(k, j) /= pivot;
      out.at(k, j) /= pivot;
    }
    for (int i = 0; i < a.rows; ++i) {
      const double factor = a.at(i, k);
      if (i == k) continue;
      for (int j = 0; j < a.rows; ++j) {
        a.at(i, j) -= factor * a.at(k, j);
        out.at(i, j) -= factor * out.at(k, j);
      }
    }
  }
  return out;
}

Dense closed_form(const Dense& x, double regularisation) {
  Dense gram = product(transposed(x), x);
  for (int i = 0; i < gram.rows; ++i) gram.at(i, i) += regularisation;
  const Dense p = inverse(gram);
  Dense b(p.rows, p.rows);
  for (int i = 0; i < p.rows; ++i) {
    for (int j = 0; j < p.rows; ++j) {
      if (i != j) b.at(i, j) = -p.at(i, j) / p.at(j, j);
    }
  }
  return b;
}

TEST(EaseTest, EqualsTheClosedForm) {
  const math::Csr world = group_world(8, 120, 70, 3, 0.4, 0.05);
  ThreadPool pool(2);
  std::vector<int32_t> users(120);
  std::iota(users.begin(), users.end(), 0);
  for (const double power : {0.0, 1.0}) {
    Ease model({.regularisation = 12, .value_power = power});
    ASSERT_EQ(error_text(model.fit(world, pool)), "");
    const Dense x = dense_of(world, power);
    const Dense b = closed_form(x, 12);
    expect_scores(*model.recommend(users, world, {.k = 70}, pool), product(x, b), world, 1e-4);
    const std::vector<int32_t> items{0, 33, 69};
    const TopK near = *model.similar_items(items, 69, pool);
    for (size_t i = 0; i < items.size(); ++i) {
      for (int r = 0; r < 69; ++r) {
        EXPECT_NEAR(near.scores[i * 69 + r], b.at(items[i], near.items[i * 69 + r]), 1e-5);
      }
    }
  }
}

TEST(EaseTest, RefusesWithAnEstimateWhatDoesNotFit) {
  ThreadPool pool(1);
  const std::vector<int32_t> users{0, 0}, items{0, 99'999};
  const std::vector<float> ones(2, 1.0F);
  const auto wide = *math::csr_from_entries(1, 100'000, users, items, ones, pool);
  Ease model({.memory_bytes = int64_t{8} << 30});
  const Status status = model.fit(wide, pool);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(status.error().to_text(),
            "ease on 100000 items needs 37.5 GiB of memory, 8.0 GiB may be used\n  mend: use "
            "puresvd, gfcf or itemknn, or leave out items that hardly anyone met");
  EXPECT_LE(ease_bytes(41'000), int64_t{7} << 30);
}

TEST(EaseTest, NamesTheOptionThatIsWrongAndStops) {
  const math::Csr world = group_world(2, 50, 30, 1, 0.5, 0);
  ThreadPool pool(1);
  Ease wrong({.regularisation = 0});
  EXPECT_EQ(wrong.fit(world, pool).error().to_text(),
            "regularisation: regularisation = 0 is out of range\n  mend: use a value above 0, up "
            "to 1e9");
  request_cancel();
  const Status stopped = Ease({}).fit(world, pool);
  reset_cancel();
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace coterie::recommend
