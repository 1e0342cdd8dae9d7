// Two measures: the definition, a sum over all coalitions, on small trees; and XGBoost's
// pred_contribs on large ones.
#include "trees/shap.h"

#include <bit>
#include <cmath>

#include <gtest/gtest.h>

#include "base/test_results.h"
#include "math/isa.h"
#include "trees/evaluator.h"
#include "trees/quadrature.h"
#include "trees/test_support_internal.h"
#include "trees/xgboost_handle_internal.h"

namespace coterie::trees {
namespace {

// What a tree is expected to give when only the features of `known` (bits) are known.
double expected(const Tree& tree, size_t at, std::span<const float> row, uint64_t known) {
  const TreeNode& node = tree.nodes[at];
  if (node.left < 0) return node.value;
  const auto left = static_cast<size_t>(node.left);
  if (known >> node.feature & 1) {
    const bool goes_left = Forest::goes_left(tree, node, row[node.feature]);
    return expected(tree, goes_left ? left : left + 1, row, known);
  }
  const double below = double{tree.nodes[left].cover} + tree.nodes[left + 1].cover;
  const double share = below > 0 ? tree.nodes[left].cover / below : 0.5;
  return share * expected(tree, left, row, known) +
         (1 - share) * expected(tree, left + 1, row, known);
}

double factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }

// Features + 1 values of one output.
std::vector<double> naive(const Forest& forest, std::span<const float> row, int output) {
  const int n = forest.features;
  std::vector<double> values(static_cast<size_t>(n) + 1, 0);
  values[n] = forest.base_margin;
  for (const Tree& tree : forest.trees) {
    if (tree.output != output) continue;
    values[n] += expected(tree, 0, row, 0);
    for (uint32_t known = 0; known < (1U << n); ++known) {
      const int size = std::popcount(known);
      if (size == n) continue;
      const double weight = factorial(size) * factorial(n - size - 1) / factorial(n);
      const double without = expected(tree, 0, row, known);
      for (int f = 0; f < n; ++f) {
        if (known >> f & 1) continue;
        values[f] += weight * (expected(tree, 0, row, known | 1U << f) - without);
      }
    }
  }
  return values;
}

std::vector<float> ours(const Forest& forest, const FeatureMatrix& rows, int threads = 1) {
  const Shap shap = take(Shap::create(forest));
  ThreadPool pool(threads);
  std::vector<float> out(static_cast<size_t>(rows.rows) * shap.width(), NAN);
  shap.contributions(rows, out, pool);
  return out;
}

Forest trained(const Sample& sample, const TreeOptions& options, std::string* model = nullptr) {
  ThreadPool pool(1);
  const auto made = take(train_trees(sample.data(), nullptr, sample.columns, options, pool));
  if (model != nullptr) *model = made.model;
  return take(parse_forest(made.model, "model"));
}

double magnitude(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += std::abs(value);
  return sum;
}

void expect_definition(const Forest& forest, const Sample& rows) {
  const auto values = ours(forest, rows.matrix());
  const auto wide = static_cast<size_t>(forest.features) + 1;
  for (int64_t row = 0; row < rows.rows; ++row) {
    for (int output = 0; output < forest.outputs; ++output) {
      const auto at = static_cast<size_t>(row * forest.outputs + output) * wide;
      const auto expected_values = naive(forest, rows.matrix().row(row), output);
      const double scale = magnitude(std::span(values).subspan(at, wide));
      for (size_t f = 0; f < wide; ++f) {
        ASSERT_NEAR(values[at + f], expected_values[f], 2e-6 * scale)
            << "row " << row << " feature " << f;
      }
    }
  }
}

// Depth beyond the number of features: most paths split on a feature several times.
TEST(Shap, EqualsTheDefinition) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    for (const int depth : {1, 2, 4, 7}) {
      const SampleShape shape{.rows = 600, .numeric = 4, .categorical = 1, .missing = 0.2};
      const TreeOptions options{.rounds = 3, .max_depth = depth, .min_child_weight = 0.1};
      expect_definition(trained(draw_binary(seed, shape), options),
                        draw_binary(seed + 100, {.rows = 37, .numeric = 4, .categorical = 1}));
    }
  }
  const SampleShape three{.rows = 500, .numeric = 3};
  expect_definition(
      trained(draw_classes(4, three, 3),
              {.objective = Objective::kSoftmax, .classes = 3, .rounds = 2, .max_depth = 5}),
      draw_classes(5, {.rows = 20, .numeric = 3}, 3));
}

void expect_as_xgboost(const Sample& sample, const TreeOptions& options, const Sample& fresh) {
  std::string model;
  const Forest forest = trained(sample, options, &model);
  const auto booster = take(BoosterHandle::load(model));
  const auto theirs = take(booster.predict(take(DataHandle::create(fresh.matrix(), {}, 1)),
                                           BoosterHandle::Output::kContributions));
  const auto wide = static_cast<size_t>(forest.features) + 1;
  const auto first = ours(forest, fresh.matrix());
  for (const math::Isa isa : math::supported_isas()) {
    const math::ScopedIsa scoped(isa);
    const auto values = ours(forest, fresh.matrix(), 2);
    ASSERT_EQ(values.size(), theirs.size());
    EXPECT_EQ(values, first) << math::isa_name(isa);
    for (size_t at = 0; at < values.size(); at += wide) {
      const double scale = magnitude(std::span(theirs).subspan(at, wide));
      for (size_t f = 0; f < wide; ++f) {
        ASSERT_NEAR(values[at + f], theirs[at + f], 1e-5 * scale)
            << math::isa_name(isa) << " row and output " << at / wide << " feature " << f;
      }
    }
  }
}

TEST(Shap, EqualsXgboost) {
  const SampleShape shape{.rows = 1500, .numeric = 12};
  for (const int depth : {1, 3, 6, 9}) {
    expect_as_xgboost(draw_binary(10 + depth, shape), {.rounds = 40, .max_depth = depth},
                      draw_binary(90, {.rows = 75, .numeric = 12}));
  }
  expect_as_xgboost(draw_classes(5, shape, 4),
                    {.objective = Objective::kSoftmax, .classes = 4, .rounds = 10},
                    draw_classes(6, {.rows = 60, .numeric = 12}, 4));
  const SampleShape categories{.rows = 1500, .numeric = 6, .categorical = 2, .categories = 40};
  expect_as_xgboost(draw_regression(7, categories),
                    {.objective = Objective::kSquaredError, .rounds = 30},
                    draw_regression(8, {.rows = 50, .numeric = 6, .categorical = 2}));
}

TEST(Shap, AddsUpToTheMarginAndDoesNotDependOnThreadsOrCalls) {
  const Sample sample = draw_binary(31, {.rows = 1000, .numeric = 10});
  const Forest forest = trained(sample, {.rounds = 60});
  const Evaluator evaluator(forest);
  ThreadPool pool(2);
  std::vector<float> margins(1000);
  evaluator.margins(sample.matrix(), margins, pool);
  const auto values = ours(forest, sample.matrix(), 1);
  EXPECT_EQ(values, ours(forest, sample.matrix(), 3));
  for (size_t row = 0; row < 1000; ++row) {
    const auto mine = std::span(values).subspan(row * 11, 11);
    double sum = 0;
    for (const float value : mine) sum += value;
    ASSERT_NEAR(sum, margins[row], 3e-6 * magnitude(mine)) << row;
  }
  for (const int64_t count : {1, 2, 3, 16, 17, 32, 33}) {
    FeatureMatrix few = sample.matrix();
    few.rows = count;
    few.values = few.values.first(static_cast<size_t>(count) * 10);
    const auto alone = ours(forest, few, 2);
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), values.begin())) << count;
  }
}

TEST(Shap, LongPathsOfManyFeatures) {
  // A chain of 40 features: 20 points of quadrature.
  Tree chain;
  Forest forest;
  forest.features = 40;
  chain.nodes.push_back({.left = 1, .feature = 0, .value = 0.5F, .cover = std::ldexp(1.0F, 40)});
  for (int f = 0; f < 40; ++f) {
    chain.nodes.push_back({.value = static_cast<float>(f), .cover = std::ldexp(1.0F, 39 - f)});
    TreeNode next{.value = 7, .cover = std::ldexp(1.0F, 39 - f)};
    if (f < 39) next = {.left = 2 * f + 3, .feature = f + 1, .value = 0.5F, .cover = next.cover};
    chain.nodes.push_back(next);
  }
  chain.depth = 40;
  forest.trees.push_back(chain);
  const std::vector<float> row(40, 1.0F);
  const auto values = ours(forest, {row, 1, 40});
  const std::vector<float> rows(120, 1.0F);
  const auto of_three = ours(forest, {rows, 3, 40});
  EXPECT_TRUE(std::equal(values.begin(), values.end(), of_three.begin() + 41));
  double sum = 0;
  for (const float value : values) sum += value;
  EXPECT_NEAR(sum, 7, 1e-4);
  EXPECT_NEAR(values[40], expected(chain, 0, row, 0), 1e-5);
}

TEST(Quadrature, IsExactForPolynomials) {
  for (int n = 1; n <= 32; ++n) {
    const Quadrature rule = gauss_legendre(n);
    for (int degree = 0; degree < 2 * n; ++degree) {
      double sum = 0;
      for (int i = 0; i < n; ++i) sum += rule.weights[i] * std::pow(rule.points[i], degree);
      EXPECT_NEAR(sum, 1.0 / (degree + 1), 1e-13) << n << " points, degree " << degree;
    }
  }
}

TEST(TopContributions, LargestFirstWithNames) {
  const std::vector<float> values = {0.5F, -2, 0, 0.5F, -0.1F, 9};
  const std::vector<float> row = {1, 2, 3, NAN, 5};
  const std::vector<FeatureColumn> columns = {
      {"age", false}, {"price", false}, {"stock", false}, {"club", true}, {"x", false}};
  const auto top = top_contributions(values, row, columns, 3);
  ASSERT_EQ(top.size(), 3U);
  EXPECT_EQ(top[0].name, "price");
  EXPECT_EQ(top[0].contribution, -2);
  EXPECT_EQ(top[0].value, 2);
  EXPECT_EQ(top[1].name, "age");
  EXPECT_EQ(top[2].name, "club");
  EXPECT_TRUE(std::isnan(top[2].value));
  EXPECT_EQ(top_contributions(values, row, {}, 9).size(), 4U);
  EXPECT_EQ(top_contributions(values, row, {}, 9)[3].name, "f4");
}

}  // namespace
}  // namespace coterie::trees
