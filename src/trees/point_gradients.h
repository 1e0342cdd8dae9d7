#pragma once
// Gradients of losses whose rows do not depend on each other, the losses themselves, and the margin
// that training starts from. Margins are what trees add up to, before logistic or softmax.

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/threads.h"

namespace coterie::trees {

enum class Objective { kBinaryLogistic, kSquaredError, kSoftmax, kRanking };

// By XGBoost's names: binary:logistic, reg:squarederror, multi:softprob, rank:ndcg.
std::string_view objective_name(Objective objective);

// Row weights (empty = 1) times the weight of the row's class (empty = 1; not for kSquaredError).
std::vector<float> combined_weights(std::span<const float> labels, std::span<const float> weights,
                                    std::span<const float> class_weights);

// total / (classes · rows of the class): every class weighs the same. Labels are 0 .. classes - 1;
// a class without rows gets 1.
std::vector<float> balanced_class_weights(std::span<const float> labels, int classes);

// `labels`: rows; kBinaryLogistic 0 or 1, kSoftmax 0 .. classes - 1, else finite. kInvalidInput
// names the row.
Status check_labels(Objective objective, std::span<const float> labels, int classes);

// `margins`, `gradient`, `hessian`: rows × classes (1 but for kSoftmax), `weights`: rows. As
// XGBoost defines them: p - y and p (1 - p); m - y and 1; softmax p - [y = c] and 2 p (1 - p);
// hessians of probabilities at least 1e-16.
void point_gradients(Objective objective, std::span<const float> labels,
                     std::span<const float> weights, int classes, std::span<const float> margins,
                     std::span<float> gradient, std::span<float> hessian, ThreadPool& pool);

// Weighted mean of the log loss in nats, or, for kSquaredError, the root of the weighted mean
// squared error. Summed in an order that does not depend on the threads. 0 if all weights are 0.
double point_loss(Objective objective, std::span<const float> labels,
                  std::span<const float> weights, int classes, std::span<const float> margins,
                  ThreadPool& pool);

// XGBoost's base_score, the prediction without trees: the weighted mean label (kept inside
// [1e-6, 1 - 1e-6] for kBinaryLogistic), 0.5 for kSoftmax, 0 for kRanking.
float base_score(Objective objective, std::span<const float> labels,
                 std::span<const float> weights);

}  // namespace coterie::trees
