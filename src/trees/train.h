#pragma once
// Gradient boosted trees, grown by XGBoost's histogram method (Chen & Guestrin, KDD 2016) on
// gradients that are computed here, so that the same data, options and seed give the same bytes for
// any number of threads (gradient_grid.h): XGBoost's own training does not promise that, and its
// ranking does not have it.
//
// The result is a model as XGBoost itself saves it (UBJSON), which Python's xgboost opens; forest.h
// reads it, evaluator.h predicts with it, shap.h explains it.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "trees/feature_matrix.h"
#include "trees/lambda_gradients.h"
#include "trees/point_gradients.h"

namespace coterie::trees {

struct TreeOptions {
  Objective objective = Objective::kBinaryLogistic;
  int classes = 0;   // of kSoftmax, >= 2
  int rounds = 300;  // trees a class at most
  double learning_rate = 0.1;
  int max_depth = 6;
  int max_bins = 256;  // of a numeric feature
  double min_child_weight = 1;
  double min_split_gain = 0;
  double l1 = 0;
  double l2 = 1;
  double row_share = 1;     // of a tree, drawn without replacement
  double column_share = 1;  // of a tree
  // Categorical features of at most this many categories are split one against the rest, others
  // by sorted categories.
  int one_hot_categories = 4;
  // A feature: 1 = predictions never fall as it grows, -1 = never rise, 0 = free; empty = all free.
  // Of categorical features only 0.
  std::vector<int> monotone = {};
  std::vector<float> class_weights = {};  // of labels, beside the rows' weights; empty = 1
  LambdaOptions ranking = {};             // of kRanking
  // Stops after so many rounds without a better validation loss, and keeps the best round; 0 =
  // never. Needs validation data.
  int patience = 0;
  int validation_depth = 10;  // of kRanking: the loss is 1 - NDCG of so many rows
  uint64_t seed = 1;
};

// Views of the caller's arrays.
struct TrainingData {
  FeatureMatrix features;
  std::span<const float> labels;              // a row; what each objective takes: point_gradients.h
  std::span<const float> weights = {};        // >= 0, a row, or of kRanking a group; empty = 1
  std::span<const int32_t> group_sizes = {};  // of kRanking: rows of each group, in row order
};

struct TrainedTrees {
  std::string model;  // UBJSON
  int rounds = 0;     // kept
  // Loss after each round on the validation data, empty without: mean log loss, root mean squared
  // error or 1 - NDCG.
  std::vector<double> validation;
};

// kInvalidInput for options out of range and data that do not fit each other (check_matrix,
// check_labels, lambda_gradients.h), kCancelled between rounds. XGBoost keeps a compressed copy of
// the matrix: 8 bytes a known value while it is made, then 1 to 4.
Result<TrainedTrees> train_trees(const TrainingData& data, const TrainingData* validation,
                                 const std::vector<FeatureColumn>& columns,
                                 const TreeOptions& options, ThreadPool& pool);

// The version of the library that trains: "1.7.4".
std::string xgboost_version();

}  // namespace coterie::trees
