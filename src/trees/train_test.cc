#include "trees/train.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "base/cancel.h"
#include "base/test_results.h"
#include "trees/gradient_grid.h"
#include "trees/test_support_internal.h"
#include "trees/xgboost_handle_internal.h"

namespace coterie::trees {
namespace {

using Output = BoosterHandle::Output;

std::vector<float> predict(const std::string& model, const FeatureMatrix& matrix,
                           Output output = Output::kPrediction) {
  const auto booster = take(BoosterHandle::load(model));
  return take(booster.predict(take(DataHandle::create(matrix, {}, 1)), output));
}

TrainedTrees train(const Sample& sample, const TreeOptions& options, int threads = 1) {
  ThreadPool pool(threads);
  return take(train_trees(sample.data(), nullptr, sample.columns, options, pool));
}

// Groups of ten whose labels are the order of a hidden taste, moved by a property of the group that
// says nothing about order.
Sample draw_ranking(uint64_t seed, int groups) {
  Sample sample;
  for (const char* name : {"group_level", "taste", "price", "noise"}) {
    sample.columns.push_back({name, false});
  }
  for (int g = 0; g < groups; ++g) {
    math::RandomStream random(seed, 4, static_cast<uint64_t>(g));
    const double level = random.uniform(0, 10);
    sample.groups.push_back(10);
    for (int i = 0; i < 10; ++i) {
      const double taste = random.uniform(-1, 1);
      const double price = random.uniform(-1, 1);
      for (const double value : {level, taste, price, random.uniform(-1, 1)}) {
        sample.values.push_back(static_cast<float>(value));
      }
      const double wanted = 0.5 * taste - 0.7 * price * taste + 0.15 * random.uniform(-1, 1);
      sample.labels.push_back(
          static_cast<float>(std::clamp(std::round(level + wanted), 0.0, 11.0)));
    }
  }
  sample.rows = std::ssize(sample.labels);
  return sample;
}

// Features whose splits are equally good but for the rounding of their sums: each one's mirror
// image.
Sample mirrored(const Sample& sample) {
  Sample wider = sample;
  wider.values.clear();
  for (const FeatureColumn& column : sample.columns) {
    if (!column.categorical) wider.columns.push_back({column.name + "_mirrored", false});
  }
  for (int64_t row = 0; row < sample.rows; ++row) {
    const auto values = sample.matrix().row(row);
    wider.values.insert(wider.values.end(), values.begin(), values.end());
    for (size_t c = 0; c < values.size(); ++c) {
      if (!sample.columns[c].categorical) wider.values.push_back(-values[c]);
    }
  }
  return wider;
}

// With weights over ten orders of magnitude, so that sums of gradients must be rounded.
void expect_same_bytes(const Sample& sample, const TreeOptions& options) {
  const Sample wider = mirrored(sample);
  TrainingData data = wider.data();
  math::RandomStream random(options.seed, 5, 0);
  std::vector<float> weights(wider.groups.empty() ? wider.labels.size() : wider.groups.size());
  for (float& weight : weights) weight = static_cast<float>(std::exp(random.uniform(-12, 12)));
  data.weights = weights;
  std::vector<std::string> models;
  for (const int threads : {1, 2}) {
    ThreadPool pool(threads);
    models.push_back(take(train_trees(data, nullptr, wider.columns, options, pool)).model);
  }
  EXPECT_TRUE(models[0] == models[1])
      << objective_name(options.objective) << " seed " << options.seed;
}

TEST(TrainTrees, SameBytesForAnyNumberOfThreads) {
  const SampleShape shape{.rows = 4000, .numeric = 5, .categorical = 2};
  TreeOptions options{.classes = 4, .rounds = 8, .row_share = 0.7, .column_share = 0.7};
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    options.seed = seed;
    options.objective = Objective::kBinaryLogistic;
    expect_same_bytes(draw_binary(seed, shape), options);
    options.objective = Objective::kSquaredError;
    expect_same_bytes(draw_regression(seed, shape), options);
    options.objective = Objective::kSoftmax;
    expect_same_bytes(draw_classes(seed, shape, 4), options);
    options.objective = Objective::kRanking;
    expect_same_bytes(draw_ranking(seed, 400), options);
  }
}

TEST(TrainTrees, LearnsWhatWasPlanted) {
  const Sample sample = draw_binary(1, {.rows = 4000, .categorical = 1});
  const Sample fresh = draw_binary(2, {.rows = 4000, .categorical = 1});
  const auto predictions = predict(train(sample, {.rounds = 60}).model, fresh.matrix());
  int right = 0;
  for (size_t row = 0; row < predictions.size(); ++row) {
    EXPECT_GT(predictions[row], 0);
    EXPECT_LT(predictions[row], 1);
    right += (predictions[row] > 0.5) == (fresh.labels[row] > 0.5);
  }
  EXPECT_GT(right, 3000);
}

TEST(TrainTrees, RankingBeatsRegressionOfTheSameLabels) {
  const Sample sample = draw_ranking(1, 300);
  const Sample fresh = draw_ranking(2, 300);
  const auto judge =
      take(LambdaGradients::create(fresh.labels, fresh.groups, {}, {.exponential_gain = false}));
  ThreadPool pool(1);
  TreeOptions options{.objective = Objective::kRanking, .rounds = 30, .max_depth = 4};
  options.ranking.exponential_gain = false;
  const double by_ndcg = judge.ndcg(predict(train(sample, options).model, fresh.matrix()), 5, pool);
  options.ranking.weight = PairWeight::kPairwise;
  const double by_pairs =
      judge.ndcg(predict(train(sample, options).model, fresh.matrix()), 5, pool);
  Sample pointwise = sample;
  pointwise.groups.clear();
  options.objective = Objective::kSquaredError;
  const double by_points =
      judge.ndcg(predict(train(pointwise, options).model, fresh.matrix()), 5, pool);
  EXPECT_GT(by_ndcg, by_points + 0.003) << by_ndcg << " " << by_pairs << " " << by_points;
  EXPECT_GT(by_pairs, by_points + 0.003) << by_ndcg << " " << by_pairs << " " << by_points;
}

TEST(TrainTrees, StopsEarlyAndKeepsTheBestRound) {
  const Sample sample = draw_binary(1, {.rows = 600});
  const Sample held_out = draw_binary(2, {.rows = 600});
  const TreeOptions options{.rounds = 400, .learning_rate = 0.3, .patience = 10};
  ThreadPool pool(2);
  const TrainingData validation = held_out.data();
  const auto trained = take(train_trees(sample.data(), &validation, sample.columns, options, pool));
  const auto& losses = trained.validation;
  ASSERT_LT(losses.size(), 400U);
  EXPECT_EQ(std::ssize(losses), trained.rounds + 10);
  EXPECT_EQ(std::min_element(losses.begin(), losses.end()) - losses.begin(), trained.rounds - 1);
  const auto margins = predict(trained.model, held_out.matrix(), Output::kMargin);
  const std::vector<float> ones(margins.size(), 1.0F);
  EXPECT_NEAR(point_loss(Objective::kBinaryLogistic, held_out.labels, ones, 1, margins, pool),
              losses[static_cast<size_t>(trained.rounds) - 1], 1e-9);
}

TEST(TrainTrees, RankingStopsEarlyByNdcg) {
  const Sample sample = draw_ranking(1, 100);
  Sample held_out = draw_ranking(2, 100);
  TreeOptions options{
      .objective = Objective::kRanking, .rounds = 300, .learning_rate = 0.5, .patience = 15};
  options.validation_depth = 3;
  ThreadPool pool(2);
  TrainingData validation = held_out.data();
  const auto trained = take(train_trees(sample.data(), &validation, sample.columns, options, pool));
  ASSERT_EQ(std::ssize(trained.validation), trained.rounds + 15);
  const auto judge = take(LambdaGradients::create(held_out.labels, held_out.groups, {}, {}));
  EXPECT_EQ(1 - judge.ndcg(predict(trained.model, held_out.matrix()), 3, pool),
            trained.validation[static_cast<size_t>(trained.rounds) - 1]);
  held_out.labels.assign(held_out.labels.size(), 0);
  validation = held_out.data();
  const auto blind = train_trees(sample.data(), &validation, sample.columns, options, pool);
  ASSERT_FALSE(blind.ok());
  EXPECT_EQ(blind.error().to_text(), "no validation group has a label above 0");
}

TEST(TrainTrees, CanBeCancelled) {
  const Sample sample = draw_binary(1, {.rows = 50});
  ThreadPool pool(1);
  request_cancel();
  const auto trained = train_trees(sample.data(), nullptr, sample.columns, {}, pool);
  reset_cancel();
  ASSERT_FALSE(trained.ok());
  EXPECT_EQ(trained.error().code, ErrorCode::kCancelled);
}

TEST(TrainTrees, MonotoneFeaturesAreMonotone) {
  const Sample sample = draw_regression(3, {.rows = 2000, .missing = 0});
  TreeOptions options{.objective = Objective::kSquaredError, .rounds = 40};
  options.monotone = {-1, 1, 0, 0, 0, 0};  // the truth grows with the first
  const std::string model = train(sample, options).model;
  std::vector<float> values;
  for (int i = 0; i < 64; ++i) {
    std::vector<float> row(sample.values.begin(), sample.values.begin() + 6);
    row[1] = static_cast<float>(i) / 16 - 2;
    values.insert(values.end(), row.begin(), row.end());
  }
  const auto up = predict(model, {values, 64, 6});
  EXPECT_TRUE(std::is_sorted(up.begin(), up.end()));
  for (size_t i = 0; i < 64; ++i) std::swap(values[6 * i], values[6 * i + 1]);
  const auto down = predict(model, {values, 64, 6});
  EXPECT_TRUE(std::is_sorted(down.rbegin(), down.rend()));
}

TEST(TrainTrees, ClassWeightsAreRowWeights) {
  const Sample sample = draw_binary(4, {.rows = 1000});
  TreeOptions options{.rounds = 10};
  options.class_weights = {1, 3};
  const std::string by_class = train(sample, options).model;
  std::vector<float> weights;
  for (const float label : sample.labels) weights.push_back(label == 1 ? 3.0F : 1.0F);
  TrainingData data = sample.data();
  data.weights = weights;
  options.class_weights = {};
  ThreadPool pool(1);
  EXPECT_EQ(by_class, take(train_trees(data, nullptr, sample.columns, options, pool)).model);
  EXPECT_NE(by_class, train(sample, options).model);
  EXPECT_EQ(balanced_class_weights(std::vector<float>{0, 0, 0, 1}, 2),
            (std::vector<float>{4.0F / 6, 2}));
}

TEST(TrainTrees, SoftmaxProbabilitiesSumToOne) {
  const Sample sample = draw_classes(5, {.rows = 1500}, 3);
  const auto trained =
      train(sample, {.objective = Objective::kSoftmax, .classes = 3, .rounds = 20});
  const auto predictions = predict(trained.model, sample.matrix());
  ASSERT_EQ(std::ssize(predictions), 3 * sample.rows);
  int right = 0;
  for (int64_t row = 0; row < sample.rows; ++row) {
    const float* p = &predictions[3 * row];
    EXPECT_NEAR(p[0] + p[1] + p[2], 1, 1e-5);
    right += std::max_element(p, p + 3) - p == static_cast<int>(sample.labels[row]);
  }
  EXPECT_GT(right, 1200);
}

TEST(GradientGrid, SumsAreEqualInAnyOrder) {
  math::RandomStream random(9, 1, 0);
  std::vector<float> values;
  for (int i = 0; i < 100'000; ++i) {
    values.push_back(static_cast<float>(random.uniform(-1, 1) * std::exp(random.uniform(-12, 3))));
  }
  const std::vector<float> before = values;
  ThreadPool pool(2);
  round_to_common_grid(values, pool);
  const float largest = std::abs(*std::max_element(
      values.begin(), values.end(), [](float a, float b) { return std::abs(a) < std::abs(b); }));
  double forward = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(values[i], before[i], std::ldexp(largest, -34));
    forward += values[i];
  }
  std::sort(values.begin(), values.end());
  double sorted = 0;
  for (const float value : values) sorted += value;
  EXPECT_EQ(forward, sorted);
}

std::string error_of(const TrainingData& data, const std::vector<FeatureColumn>& columns,
                     const TreeOptions& options) {
  ThreadPool pool(1);
  const auto trained = train_trees(data, nullptr, columns, options, pool);
  return trained.ok() ? "" : trained.error().to_text();
}

TEST(TrainTrees, NamesWhatIsWrong) {
  const std::vector<FeatureColumn> columns = {{"age", false}, {"colour", true}};
  const std::vector<float> values = {1, 2, 3, 4};
  const std::vector<float> labels = {0, 1};
  TrainingData data{.features = {values, 2, 2}, .labels = labels};
  EXPECT_EQ(error_of(data, columns, {.max_depth = 17}), "max_depth is 17, outside of 1 to 16");
  EXPECT_EQ(error_of(data, columns, {.row_share = 0}), "row_share is 0, outside of (0, 1]");
  EXPECT_EQ(error_of(data, columns, {.patience = 3}), "stopping early needs validation data");
  EXPECT_EQ(error_of(data, {{"age", false}}, {}), "1 names for 2 columns of features");
  EXPECT_EQ(error_of(data, {{"age", false}, {"age", false}}, {}), "two features are called 'age'");
  TreeOptions constrained;
  constrained.monotone = {0, 1};
  EXPECT_EQ(error_of(data, columns, constrained),
            "feature 'colour' is categorical: it has no order to be monotone in");
  const std::vector<float> broken = {1, 2, 3, 4.5F};
  data.features.values = broken;
  EXPECT_EQ(error_of(data, columns, {}),
            "row 1, feature 'colour': 4.5 is no category: a whole number from 0 to 16777215\n"
            "  mend: write NaN for what is not known");
  const std::vector<float> infinite = {1, 2, INFINITY, 4};
  data.features.values = infinite;
  EXPECT_EQ(error_of(data, columns, {}),
            "row 1, feature 'age': inf is infinite\n  mend: write NaN for what is not known");
  data.features.values = values;
  const std::vector<float> strange = {0, 2};
  data.labels = strange;
  EXPECT_EQ(error_of(data, columns, {}),
            "row 1 has the label 2\n"
            "  mend: labels of binary:logistic are whole numbers from 0 to 1");
}

}  // namespace
}  // namespace coterie::trees
