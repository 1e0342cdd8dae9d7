// The oracle is the definition: every ordered pair of a group, ranks counted, no sorting.
#include "trees/lambda_gradients.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/test_results.h"
#include "math/random.h"

namespace coterie::trees {
namespace {

struct Problem {
  std::vector<float> labels;
  std::vector<float> scores;
  std::vector<int32_t> sizes;
  std::vector<float> weights;
};

Problem draw(uint64_t seed, int groups, int longest) {
  math::RandomStream random(seed, 1, 0);
  Problem problem;
  for (int g = 0; g < groups; ++g) {
    problem.sizes.push_back(random.between(1, longest));
    problem.weights.push_back(static_cast<float>(random.uniform(0, 3)));
    for (int i = 0; i < problem.sizes.back(); ++i) {
      problem.labels.push_back(static_cast<float>(random.below(4)));
      // Scores of a coarse grid, so that ties are met.
      problem.scores.push_back(static_cast<float>(random.between(-8, 8)) / 4.0F);
    }
  }
  return problem;
}

int64_t rank_of(const Problem& problem, int64_t begin, int64_t end, int64_t row) {
  int64_t rank = 0;
  for (int64_t other = begin; other < end; ++other) {
    if (problem.scores[other] > problem.scores[row] ||
        (problem.scores[other] == problem.scores[row] && other < row)) {
      ++rank;
    }
  }
  return rank;
}

double gain_of(double label, const LambdaOptions& options) {
  return options.exponential_gain ? std::exp2(label) - 1 : label;
}

struct Gradients {
  std::vector<double> gradient;
  std::vector<double> hessian;
};

double naive_ideal(const Problem& problem, int64_t begin, int64_t end,
                   const LambdaOptions& options) {
  double ideal = 0;
  for (int64_t i = begin; i < end; ++i) {
    int64_t rank = 0;
    for (int64_t j = begin; j < end; ++j) {
      rank += problem.labels[j] > problem.labels[i] ||
              (problem.labels[j] == problem.labels[i] && j < i);
    }
    ideal += gain_of(problem.labels[i], options) / std::log2(2.0 + static_cast<double>(rank));
  }
  return ideal;
}

void naive_group(const Problem& problem, int64_t begin, int64_t end, double weight,
                 const LambdaOptions& options, Gradients& out) {
  const double ideal = naive_ideal(problem, begin, end, options);
  double total = 0;
  for (int64_t i = begin; i < end; ++i) {
    for (int64_t j = begin; j < end; ++j) {
      if (!(problem.labels[i] > problem.labels[j])) continue;
      const int64_t a = rank_of(problem, begin, end, i);
      const int64_t b = rank_of(problem, begin, end, j);
      if (options.truncation > 0 && std::min(a, b) >= options.truncation) continue;
      const double rho = 1 / (1 + std::exp(double{problem.scores[i]} - problem.scores[j]));
      double w = 1;
      if (options.weight == PairWeight::kNdcg) {
        w = std::abs(gain_of(problem.labels[i], options) - gain_of(problem.labels[j], options)) *
            std::abs(1 / std::log2(2.0 + static_cast<double>(a)) -
                     1 / std::log2(2.0 + static_cast<double>(b))) /
            ideal;
      }
      out.gradient[i] -= w * rho;
      out.gradient[j] += w * rho;
      out.hessian[i] += w * rho * (1 - rho);
      out.hessian[j] += w * rho * (1 - rho);
      total += 2 * w * rho;
    }
  }
  const double factor =
      weight * (options.normalise && total > 0 ? std::log2(1 + total) / total : 1);
  for (int64_t i = begin; i < end; ++i) {
    out.gradient[i] *= factor;
    out.hessian[i] *= factor;
  }
}

Gradients naive(const Problem& problem, const LambdaOptions& options) {
  Gradients out{std::vector<double>(problem.labels.size()),
                std::vector<double>(problem.labels.size())};
  int64_t begin = 0;
  for (size_t g = 0; g < problem.sizes.size(); ++g) {
    naive_group(problem, begin, begin + problem.sizes[g], problem.weights[g], options, out);
    begin += problem.sizes[g];
  }
  return out;
}

void compare(uint64_t seed, const LambdaOptions& options) {
  const Problem problem = draw(seed, 30, 25);
  const auto lambdas =
      take(LambdaGradients::create(problem.labels, problem.sizes, problem.weights, options));
  std::vector<float> gradient(problem.labels.size(), NAN);
  std::vector<float> hessian(problem.labels.size(), NAN);
  ThreadPool pool(2);
  lambdas.gradients(problem.scores, gradient, hessian, pool);
  const Gradients expected = naive(problem, options);
  for (size_t i = 0; i < gradient.size(); ++i) {
    EXPECT_NEAR(gradient[i], expected.gradient[i], 2e-5) << "seed " << seed << " row " << i;
    EXPECT_NEAR(hessian[i], expected.hessian[i], 2e-5) << "seed " << seed << " row " << i;
  }
}

TEST(LambdaGradients, EqualTheDefinition) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    for (const PairWeight weight : {PairWeight::kNdcg, PairWeight::kPairwise}) {
      compare(seed, {.weight = weight, .truncation = 0});
      compare(seed, {.weight = weight, .truncation = 5, .exponential_gain = false});
      compare(seed, {.weight = weight, .truncation = 1, .normalise = false});
    }
  }
}

TEST(LambdaGradients, GroupsOfOneLabelPullNowhere) {
  const auto lambdas = take(LambdaGradients::create({{0, 0, 2, 2, 2}}, {{2, 3}}, {}, {}));
  std::vector<float> gradient(5, NAN);
  std::vector<float> hessian(5, NAN);
  ThreadPool pool(1);
  lambdas.gradients(std::vector<float>{3, 1, 0, 2, 1}, gradient, hessian, pool);
  EXPECT_EQ(gradient, std::vector<float>(5, 0));
  EXPECT_EQ(hessian, std::vector<float>(5, 0));
}

TEST(LambdaGradients, SameBytesWithAnyNumberOfThreads) {
  const Problem problem = draw(7, 500, 60);
  const auto lambdas =
      take(LambdaGradients::create(problem.labels, problem.sizes, problem.weights, {}));
  std::vector<std::vector<float>> results;
  std::vector<double> ndcgs;
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    std::vector<float> both(problem.labels.size() * 2);
    const std::span<float> all(both);
    lambdas.gradients(problem.scores, all.first(problem.labels.size()),
                      all.last(problem.labels.size()), pool);
    results.push_back(both);
    ndcgs.push_back(lambdas.ndcg(problem.scores, 10, pool));
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
  EXPECT_EQ(ndcgs[0], ndcgs[1]);
  EXPECT_EQ(ndcgs[0], ndcgs[2]);
}

TEST(LambdaGradients, NdcgByHand) {
  // Two groups; the second has nothing relevant and does not count.
  const auto lambdas =
      take(LambdaGradients::create({{1, 0, 2, 0, 0}}, {{3, 2}}, {}, {.exponential_gain = false}));
  ThreadPool pool(1);
  const std::vector<float> scores = {3, 2, 1, 0, 1};
  const double ideal = 2 + 1 / std::log2(3.0);
  EXPECT_NEAR(lambdas.ndcg(scores, 0, pool), (1 + 2 / 2.0) / ideal, 1e-6);
  EXPECT_NEAR(lambdas.ndcg(scores, 1, pool), 1 / 2.0, 1e-6);
  const auto none = take(LambdaGradients::create({{0, 0}}, {{2}}, {}, {}));
  EXPECT_TRUE(std::isnan(none.ndcg(std::vector<float>{1, 2}, 0, pool)));
}

std::string error_of(std::span<const float> labels, std::span<const int32_t> sizes,
                     std::span<const float> weights) {
  const auto made = LambdaGradients::create(labels, sizes, weights, {});
  return made.ok() ? "" : made.error().to_text();
}

TEST(LambdaGradients, NamesWhatIsWrong) {
  const std::vector<float> labels = {0, 1, 2};
  EXPECT_EQ(error_of(labels, {{2, 2}}, {}), "groups have 4 rows together, the matrix has 3");
  EXPECT_EQ(error_of(labels, {{3, 0}}, {}), "group 1 has 0 rows\n  mend: leave empty groups out");
  EXPECT_EQ(error_of(labels, {{3}}, {{1, 2}}), "2 weights for 1 groups");
  EXPECT_EQ(error_of(labels, {{3}}, {{-1}}),
            "group 0 has the weight -1\n  mend: weights are finite and not negative");
  EXPECT_EQ(error_of({{0, -1, 2}}, {{3}}, {}),
            "row 1 has the label -1\n  mend: grades of relevance are finite and not negative");
  EXPECT_EQ(error_of({{0, 32, 2}}, {{3}}, {}),
            "row 1 has the label 32: 2^label is too large\n"
            "  mend: use grades up to 31, or gains that are the labels themselves");
}

}  // namespace
}  // namespace coterie::trees
