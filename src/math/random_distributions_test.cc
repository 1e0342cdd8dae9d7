#include "math/random_distributions.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "math/alias_table.h"

namespace coterie::math {
namespace {

constexpr int kDraws = 200'000;

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments measure(const std::function<double(RandomStream&)>& draw) {
  RandomStream stream(20'240'607, 3, 5);
  std::vector<double> values;
  values.reserve(kDraws);
  for (int i = 0; i < kDraws; ++i) values.push_back(draw(stream));
  Moments moments;
  for (const double x : values) moments.mean += x / kDraws;
  for (const double x : values) {
    moments.variance += (x - moments.mean) * (x - moments.mean) / (kDraws - 1);
  }
  return moments;
}

// Mean within six standard errors, variance within `variance_slack` of itself.
void expect_moments(const char* what, const Moments& got, double mean, double variance,
                    double variance_slack = 0.05) {
  EXPECT_NEAR(got.mean, mean, 6 * std::sqrt(variance / kDraws)) << what;
  EXPECT_NEAR(got.variance, variance, variance_slack * variance) << what;
}

TEST(Distributions, ContinuousOnesHaveTheirMoments) {
  expect_moments("normal", measure([](auto& s) { return normal(s); }), 0, 1);
  expect_moments("exponential", measure([](auto& s) { return exponential(s, 4); }), 0.25, 0.0625);
  for (const double shape : {0.05, 0.3, 1.0, 2.5, 40.0}) {
    expect_moments("gamma", measure([&](auto& s) { return gamma(s, shape, 3); }), 3 * shape,
                   9 * shape, 0.12);
  }
  expect_moments("beta", measure([](auto& s) { return beta(s, 2, 6); }), 0.25, 0.25 * 0.75 / 9);
  const double e_half = std::exp(0.5 * 0.5 / 2);
  expect_moments("log normal", measure([](auto& s) { return log_normal(s, 0, 0.5); }), e_half,
                 (std::exp(0.25) - 1) * std::exp(0.25));
}

TEST(Distributions, PoissonHasItsMomentsOnBothSidesOfTheMethodSwitch) {
  for (const double mean : {0.01, 0.7, 5.0, 11.9, 12.1, 40.0, 2500.0}) {
    expect_moments("poisson",
                   measure([&](auto& s) { return static_cast<double>(poisson(s, mean)); }), mean,
                   mean);
  }
  RandomStream stream(1, 1, 1);
  EXPECT_EQ(poisson(stream, 0), 0);
}

TEST(Distributions, PoissonFollowsItsProbabilities) {
  for (const double mean : {3.0, 25.0}) {
    std::vector<int64_t> counts(200, 0);
    RandomStream stream(8, 1, 1);
    for (int i = 0; i < kDraws; ++i) ++counts[static_cast<size_t>(poisson(stream, mean))];
    for (int k = 0; k < 60; ++k) {
      const double p = std::exp(k * std::log(mean) - mean - log_factorial(k));
      EXPECT_NEAR(static_cast<double>(counts[static_cast<size_t>(k)]), kDraws * p,
                  6 * std::sqrt(kDraws * p) + 1)
          << "mean " << mean << " k " << k;
    }
  }
}

TEST(Distributions, OtherDiscreteOnesHaveTheirMoments) {
  expect_moments("negative binomial",
                 measure([](auto& s) { return static_cast<double>(negative_binomial(s, 4, 0.8)); }),
                 4, 4 + 16 / 0.8);
  expect_moments("geometric",
                 measure([](auto& s) { return static_cast<double>(geometric(s, 0.2)); }), 4, 20);
  for (const double p : {0.1, 0.5, 0.9}) {
    expect_moments("binomial",
                   measure([&](auto& s) { return static_cast<double>(binomial(s, 30, p)); }),
                   30 * p, 30 * p * (1 - p));
  }
  RandomStream stream(1, 1, 1);
  EXPECT_EQ(binomial(stream, 5, 0), 0);
  EXPECT_EQ(binomial(stream, 5, 1), 5);
}

TEST(Distributions, DirichletIsOnTheSimplexWithItsMeans) {
  const std::vector<double> alpha = {0.5, 1.5, 3};
  std::vector<double> point(3), means(3);
  RandomStream stream(2, 2, 2);
  for (int i = 0; i < 40'000; ++i) {
    dirichlet(stream, alpha, point);
    ASSERT_NEAR(point[0] + point[1] + point[2], 1, 1e-12);
    for (size_t k = 0; k < 3; ++k) means[k] += point[k] / 40'000;
  }
  for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(means[k], alpha[k] / 5, 0.006);
  const std::vector<double> tiny = {1e-300, 1e-300};
  std::vector<double> corner(2);
  dirichlet(stream, tiny, corner);
  EXPECT_EQ(corner[0] + corner[1], 1);
}

TEST(Zipf, FollowsItsProbabilities) {
  for (const double exponent : {0.6, 1.0, 1.8}) {
    constexpr int64_t kRanks = 50;
    double total = 0;
    for (int64_t k = 1; k <= kRanks; ++k) total += std::pow(static_cast<double>(k), -exponent);
    std::vector<int64_t> counts(kRanks + 1, 0);
    const Zipf zipf(kRanks, exponent);
    RandomStream stream(11, 0, 0);
    for (int i = 0; i < kDraws; ++i) {
      const int64_t k = zipf.draw(stream);
      ASSERT_GE(k, 1);
      ASSERT_LE(k, kRanks);
      ++counts[static_cast<size_t>(k)];
    }
    for (int64_t k = 1; k <= kRanks; ++k) {
      const double p = std::pow(static_cast<double>(k), -exponent) / total;
      EXPECT_NEAR(static_cast<double>(counts[static_cast<size_t>(k)]), kDraws * p,
                  6 * std::sqrt(kDraws * p))
          << "exponent " << exponent << " rank " << k;
    }
  }
  RandomStream stream(12, 0, 0);
  EXPECT_EQ(Zipf(1, 1.0).draw(stream), 1);
}

TEST(LogFactorial, AgreesWithTheGammaFunction) {
  for (const int64_t k : {0, 1, 2, 20, 127, 128, 129, 1000, 1'000'000}) {
    const double expected = std::lgamma(static_cast<double>(k) + 1);
    EXPECT_NEAR(log_factorial(k), expected, 1e-12 * (1 + expected)) << k;
  }
}

TEST(AliasTable, DrawsEachCategoryByItsWeight) {
  const std::vector<double> weights = {5, 0, 1, 3.5, 0, 0.5, 10};
  const AliasTable table(weights);
  RandomStream stream(13, 0, 0);
  std::vector<int64_t> counts(weights.size(), 0);
  for (int i = 0; i < kDraws; ++i) ++counts[static_cast<size_t>(table.draw(stream))];
  for (size_t i = 0; i < weights.size(); ++i) {
    const double p = weights[i] / 20;
    EXPECT_NEAR(static_cast<double>(counts[i]), kDraws * p, 6 * std::sqrt(kDraws * p)) << i;
  }
}

// Exact: the probability that the table's columns add up to, for random weights.
TEST(AliasTable, ColumnsAddUpToTheWeights) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    RandomStream stream(seed, 0, 0);
    const size_t n = 1 + stream.below(300);
    std::vector<double> weights(n);
    double sum = 0;
    for (double& weight : weights) {
      weight = stream.chance(0.3) ? 0 : log_normal(stream, 0, 3);
      sum += weight;
    }
    if (sum == 0) continue;
    std::vector<AliasEntry> entries(n);
    build_alias(weights, {}, entries);
    std::vector<double> shares(n);
    for (const AliasEntry& entry : entries) {
      const double keep = entry.threshold * 0x1.0p-32 / static_cast<double>(n);
      shares[static_cast<size_t>(entry.self)] += keep;
      shares[static_cast<size_t>(entry.other)] += 1 / static_cast<double>(n) - keep;
    }
    for (size_t i = 0; i < n; ++i) {
      EXPECT_NEAR(shares[i], weights[i] / sum, 1e-9) << "seed " << seed << " category " << i;
      if (weights[i] == 0) {
        EXPECT_EQ(shares[i], 0) << "seed " << seed << " category " << i;
      }
    }
  }
}

TEST(AliasTable, AnswersLabels) {
  const std::vector<double> weights = {1, 1};
  const std::vector<int32_t> labels = {40, 70};
  const AliasTable table(weights, labels);
  RandomStream stream(14, 0, 0);
  for (int i = 0; i < 20; ++i) {
    const int32_t label = table.draw(stream);
    EXPECT_TRUE(label == 40 || label == 70);
  }
  EXPECT_TRUE(AliasTable().empty());
}

}  // namespace
}  // namespace coterie::math
