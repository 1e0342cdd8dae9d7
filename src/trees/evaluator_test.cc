// XGBoost's own predictions are the measure: equal bits. Beside it, each tree walked by definition.
#include "trees/evaluator.h"

#include <bit>

#include <gtest/gtest.h>

#include "base/test_results.h"
#include "math/isa.h"
#include "trees/test_support_internal.h"
#include "trees/xgboost_handle_internal.h"

namespace coterie::trees {
namespace {

using Output = BoosterHandle::Output;

std::vector<uint32_t> bits(const std::vector<float>& values) {
  std::vector<uint32_t> out;
  for (const float value : values) out.push_back(std::bit_cast<uint32_t>(value));
  return out;
}

std::vector<float> walked(const Forest& forest, const FeatureMatrix& rows) {
  std::vector<float> out;
  for (int64_t row = 0; row < rows.rows; ++row) {
    std::vector<float> sums(static_cast<size_t>(forest.outputs), forest.base_margin);
    for (const Tree& tree : forest.trees) {
      size_t at = 0;
      while (tree.nodes[at].left >= 0) {
        const TreeNode& node = tree.nodes[at];
        const bool left = Forest::goes_left(tree, node, rows.row(row)[node.feature]);
        at = static_cast<size_t>(node.left) + (left ? 0 : 1);
      }
      sums[tree.output] += tree.nodes[at].value;
    }
    out.insert(out.end(), sums.begin(), sums.end());
  }
  return out;
}

void expect_equal(const Sample& sample, const TreeOptions& options, const Sample& fresh) {
  ThreadPool pool(2);
  const auto trained = take(train_trees(sample.data(), nullptr, sample.columns, options, pool));
  const auto booster = take(BoosterHandle::load(trained.model));
  const auto data = take(DataHandle::create(fresh.matrix(), {}, 1));
  const auto margins = bits(take(booster.predict(data, Output::kMargin)));
  const auto predictions = bits(take(booster.predict(data, Output::kPrediction)));
  const Forest forest = take(parse_forest(trained.model, "model"));
  EXPECT_EQ(forest.columns, sample.columns);
  EXPECT_EQ(bits(walked(forest, fresh.matrix())), margins);
  const Evaluator evaluator(forest);
  std::vector<float> out(margins.size());
  for (const math::Isa isa : math::supported_isas()) {
    const math::ScopedIsa scoped(isa);
    evaluator.margins(fresh.matrix(), out, pool);
    EXPECT_EQ(bits(out), margins) << math::isa_name(isa);
    evaluator.predictions(fresh.matrix(), out, pool);
    EXPECT_EQ(bits(out), predictions) << math::isa_name(isa);
  }
  Evaluator::Scratch scratch;
  for (int64_t row = 0; row < fresh.rows; ++row) {
    evaluator.prediction(
        fresh.matrix().row(row),
        std::span(out).subspan(static_cast<size_t>(row) * evaluator.outputs(), evaluator.outputs()),
        scratch);
  }
  EXPECT_EQ(bits(out), predictions);
}

TEST(Evaluator, EqualsXgboostAtEveryDepth) {
  const SampleShape shape{.rows = 1500, .missing = 0.2};
  for (const int depth : {1, 2, 3, 4, 5, 6, 7, 8, 9, 12}) {
    expect_equal(draw_binary(10 + depth, shape),
                 {.rounds = 15, .max_depth = depth, .min_child_weight = 0.1},
                 draw_binary(50 + depth, {.rows = 333, .missing = 0.3}));
  }
}

TEST(Evaluator, EqualsXgboostForEveryObjective) {
  const SampleShape shape{.rows = 1200};
  const Sample fresh = draw_regression(7, {.rows = 100});
  expect_equal(draw_regression(1, shape), {.objective = Objective::kSquaredError, .rounds = 25},
               fresh);
  expect_equal(draw_classes(2, shape, 5),
               {.objective = Objective::kSoftmax, .classes = 5, .rounds = 12}, fresh);
  Sample ranked = draw_classes(3, shape, 4);
  ranked.groups.assign(120, 10);
  expect_equal(ranked, {.objective = Objective::kRanking, .rounds = 20}, fresh);
}

void expect_equal_with(int categories) {
  const SampleShape shape{.rows = 2000, .numeric = 3, .categorical = 3, .categories = categories};
  // A category that training never saw is met too.
  Sample fresh =
      draw_binary(5, {.rows = 200, .numeric = 3, .categorical = 3, .categories = categories});
  for (int64_t row = 0; row < fresh.rows; row += 3) {
    fresh.values[static_cast<size_t>(row) * 6 + 4] = static_cast<float>(60 + row);
  }
  for (const int one_hot : {0, 4, 100}) {
    expect_equal(draw_binary(4, shape), {.rounds = 20, .one_hot_categories = one_hot}, fresh);
  }
}

// Sets of one word, of two and of more.
TEST(Evaluator, EqualsXgboostWithCategories) {
  for (const int categories : {20, 31, 45, 70}) expect_equal_with(categories);
}

TEST(Evaluator, EqualsXgboostAtThresholdsAndForAnyNumberOfRows) {
  const Sample sample = draw_binary(21, {.rows = 800, .missing = 0.1});
  ThreadPool pool(1);
  const auto trained =
      take(train_trees(sample.data(), nullptr, sample.columns, {.rounds = 30}, pool));
  const Forest forest = take(parse_forest(trained.model, "model"));
  Sample at_thresholds = sample;
  math::RandomStream random(21, 9, 0);
  for (float& value : at_thresholds.values) {
    const Tree& tree = forest.trees[random.below(static_cast<uint32_t>(forest.trees.size()))];
    value = tree.nodes[random.below(static_cast<uint32_t>(tree.nodes.size()))].value;
    if (random.chance(0.2)) value = NAN;
  }
  const Evaluator evaluator(forest);
  const auto booster = take(BoosterHandle::load(trained.model));
  for (const int64_t rows : {1, 2, 6, 7, 31, 32, 33, 64, 65, 513, 800}) {
    at_thresholds.rows = rows;
    FeatureMatrix matrix = at_thresholds.matrix();
    matrix.values = matrix.values.first(static_cast<size_t>(rows) * 6);
    std::vector<float> out(static_cast<size_t>(rows));
    evaluator.predictions(matrix, out, pool);
    EXPECT_EQ(bits(out), bits(take(booster.predict_in_place(matrix, Output::kPrediction)))) << rows;
  }
}

TEST(Evaluator, NoRowsAndTreesWithoutSplits) {
  const Sample sample = draw_binary(3, {.rows = 50});
  ThreadPool pool(1);
  const auto trained = take(train_trees(sample.data(), nullptr, sample.columns,
                                        {.rounds = 3, .min_split_gain = 1e9}, pool));
  const Forest forest = take(parse_forest(trained.model, "model"));
  ASSERT_EQ(forest.trees.size(), 3U);
  EXPECT_EQ(forest.trees[0].depth, 0);
  const Evaluator evaluator(forest);
  evaluator.margins({{}, 0, 6}, {}, pool);
  std::vector<float> out(50);
  evaluator.margins(sample.matrix(), out, pool);
  EXPECT_EQ(bits(out), bits(walked(forest, sample.matrix())));
}

}  // namespace
}  // namespace coterie::trees
