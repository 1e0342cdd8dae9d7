#include "evaluation/clustering.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"

namespace coterie::evaluation {
namespace {

// By counting pairs one by one.
double naive_rand(const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
  double both = 0;
  double first = 0;
  double second = 0;
  double all = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = i + 1; j < a.size(); ++j) {
      all += 1;
      first += a[i] == a[j];
      second += b[i] == b[j];
      both += a[i] == a[j] && b[i] == b[j];
    }
  }
  const double expected = first * second / all;
  return (both - expected) / ((first + second) / 2 - expected);
}

TEST(ClusteringTest, AdjustedRandEqualsPairCounting) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    std::vector<int32_t> a, b;
    for (int i = 0; i < 150; ++i) {
      a.push_back(static_cast<int32_t>(mix64(seed + i) % 4));
      const bool same = mix64(seed * 99 + i) % 3 > 0;
      b.push_back(same ? a.back() + 10 : static_cast<int32_t>(mix64(seed * 7 + i) % 5));
    }
    EXPECT_NEAR(*adjusted_rand(a, b), naive_rand(a, b), 1e-12) << "seed " << seed;
    EXPECT_DOUBLE_EQ(*adjusted_rand(a, a), 1);
  }
  const std::vector<int32_t> one{3, 3, 3};
  EXPECT_DOUBLE_EQ(*adjusted_rand(one, one), 1);
  EXPECT_EQ(adjusted_rand(one, {}).error().message, "3 labels cannot be compared with 0");
  const std::vector<int32_t> negative{0, -1, 0};
  EXPECT_EQ(adjusted_rand(one, negative).error().message, "label -1 is negative");
}

TEST(ClusteringTest, SilhouetteWorkedExample) {
  ThreadPool pool(2);
  // Points 0, 1 | 4, 6 on a line.
  const std::vector<float> x{0, 1, 4, 6};
  const std::vector<int32_t> labels{0, 0, 2, 2};
  const double expected = ((5.0 - 1) / 5 + (4.0 - 1) / 4 + (3.5 - 2) / 3.5 + (5.5 - 2) / 5.5) / 4;
  EXPECT_NEAR(*silhouette(x, 4, 1, labels, {}, pool), expected, 1e-12);
  const std::vector<int32_t> same(4, 1);
  EXPECT_EQ(silhouette(x, 4, 1, same, {}, pool).error().message,
            "a silhouette needs at least two clusters among the sampled rows");
  EXPECT_FALSE(silhouette(x, 3, 1, labels, {}, pool).ok());
}

TEST(ClusteringTest, SampledSilhouetteIsNearTheFullOneAndRepeatable) {
  std::vector<float> x;
  std::vector<int32_t> labels;
  for (int i = 0; i < 3000; ++i) {
    labels.push_back(i % 3);
    x.push_back(static_cast<float>(3 * (i % 3)) + static_cast<float>(mix64(i) % 1000) / 500.0F);
  }
  ThreadPool one(1);
  ThreadPool four(4);
  const double full = *silhouette(x, 3000, 1, labels, {.sample = 3000}, one);
  const double sampled = *silhouette(x, 3000, 1, labels, {.sample = 600}, one);
  EXPECT_NEAR(sampled, full, 0.05);
  EXPECT_EQ(sampled, *silhouette(x, 3000, 1, labels, {.sample = 600}, four));
}

}  // namespace
}  // namespace coterie::evaluation
