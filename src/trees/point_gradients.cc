#include "trees/point_gradients.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace coterie::trees {
namespace {

constexpr int64_t kRowsAtOnce = 8192;
constexpr float kLeastHessian = 1e-16F;
constexpr float kLeastProbability = 1e-6F;

float logistic(float margin) { return 1.0F / (1.0F + std::exp(-margin)); }

void logistic_row(float label, float weight, float margin, float& gradient, float& hessian) {
  const float p = logistic(margin);
  gradient = weight * (p - label);
  hessian = weight * std::max(p * (1.0F - p), kLeastHessian);
}

void softmax_row(int label, float weight, std::span<const float> margins, std::span<float> gradient,
                 std::span<float> hessian) {
  const float top = *std::max_element(margins.begin(), margins.end());
  float sum = 0;
  for (size_t c = 0; c < margins.size(); ++c) {
    gradient[c] = std::exp(margins[c] - top);
    sum += gradient[c];
  }
  for (size_t c = 0; c < margins.size(); ++c) {
    const float p = gradient[c] / sum;
    hessian[c] = weight * std::max(2.0F * p * (1.0F - p), kLeastHessian);
    gradient[c] = weight * (p - (static_cast<int>(c) == label ? 1.0F : 0.0F));
  }
}

// log(1 + exp(x)) without overflow.
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

double row_loss(Objective objective, float label, std::span<const float> margins) {
  if (objective == Objective::kSquaredError) {
    const double error = static_cast<double>(margins[0]) - label;
    return error * error;
  }
  if (objective == Objective::kBinaryLogistic) {
    return softplus(margins[0]) - static_cast<double>(label) * margins[0];
  }
  const double top = *std::max_element(margins.begin(), margins.end());
  double sum = 0;
  for (const float margin : margins) sum += std::exp(margin - top);
  return top + std::log(sum) - margins[static_cast<size_t>(label)];
}

}  // namespace

std::string_view objective_name(Objective objective) {
  switch (objective) {
    case Objective::kBinaryLogistic:
      return "binary:logistic";
    case Objective::kSquaredError:
      return "reg:squarederror";
    case Objective::kSoftmax:
      return "multi:softprob";
    case Objective::kRanking:
      return "rank:ndcg";
  }
  return "unknown";
}

std::vector<float> combined_weights(std::span<const float> labels, std::span<const float> weights,
                                    std::span<const float> class_weights) {
  std::vector<float> combined(labels.size(), 1.0F);
  if (!weights.empty()) combined.assign(weights.begin(), weights.end());
  if (!class_weights.empty()) {
    for (size_t row = 0; row < labels.size(); ++row) {
      combined[row] *= class_weights[static_cast<size_t>(labels[row])];
    }
  }
  return combined;
}

std::vector<float> balanced_class_weights(std::span<const float> labels, int classes) {
  std::vector<int64_t> counts(static_cast<size_t>(classes), 0);
  for (const float label : labels) ++counts[static_cast<size_t>(label)];
  std::vector<float> weights;
  for (const int64_t count : counts) {
    weights.push_back(count == 0 ? 1.0F
                                 : static_cast<float>(static_cast<double>(labels.size()) /
                                                      (classes * static_cast<double>(count))));
  }
  return weights;
}

Status check_labels(Objective objective, std::span<const float> labels, int classes) {
  for (size_t row = 0; row < labels.size(); ++row) {
    const float label = labels[row];
    if (!std::isfinite(label)) {
      return invalid_input(fmt::format("row {} has the label {}", row, label))
          .with_mend("leave out rows whose label is not known");
    }
    const int limit = objective == Objective::kBinaryLogistic ? 2
                      : objective == Objective::kSoftmax      ? classes
                                                              : 0;
    if (limit > 0 &&
        (label < 0 || label >= static_cast<float>(limit) || label != std::floor(label))) {
      return invalid_input(fmt::format("row {} has the label {}", row, label))
          .with_mend(fmt::format("labels of {} are whole numbers from 0 to {}",
                                 objective_name(objective), limit - 1));
    }
  }
  return {};
}

void point_gradients(Objective objective, std::span<const float> labels,
                     std::span<const float> weights, int classes, std::span<const float> margins,
                     std::span<float> gradient, std::span<float> hessian, ThreadPool& pool) {
  CHECK(objective != Objective::kRanking);
  const auto width = static_cast<size_t>(objective == Objective::kSoftmax ? classes : 1);
  pool.parallel_for(std::ssize(labels), kRowsAtOnce, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const size_t at = static_cast<size_t>(row) * width;
      if (objective == Objective::kBinaryLogistic) {
        logistic_row(labels[row], weights[row], margins[at], gradient[at], hessian[at]);
      } else if (objective == Objective::kSquaredError) {
        gradient[at] = weights[row] * (margins[at] - labels[row]);
        hessian[at] = weights[row];
      } else {
        softmax_row(static_cast<int>(labels[row]), weights[row], margins.subspan(at, width),
                    gradient.subspan(at, width), hessian.subspan(at, width));
      }
    }
  });
}

double point_loss(Objective objective, std::span<const float> labels,
                  std::span<const float> weights, int classes, std::span<const float> margins,
                  ThreadPool& pool) {
  CHECK(objective != Objective::kRanking);
  const auto width = static_cast<size_t>(objective == Objective::kSoftmax ? classes : 1);
  using Sums = std::pair<double, double>;
  const Sums sums = pool.parallel_reduce(
      std::ssize(labels), kRowsAtOnce, Sums{0, 0},
      [&](int64_t begin, int64_t end) {
        Sums part{0, 0};
        for (int64_t row = begin; row < end; ++row) {
          const auto at = static_cast<size_t>(row) * width;
          part.first += weights[row] * row_loss(objective, labels[row], margins.subspan(at, width));
          part.second += weights[row];
        }
        return part;
      },
      [](Sums a, Sums b) { return Sums{a.first + b.first, a.second + b.second}; });
  if (sums.second <= 0) return 0;
  const double mean = sums.first / sums.second;
  return objective == Objective::kSquaredError ? std::sqrt(mean) : mean;
}

float base_score(Objective objective, std::span<const float> labels,
                 std::span<const float> weights) {
  if (objective == Objective::kRanking) return 0.0F;
  if (objective == Objective::kSoftmax) return 0.5F;
  double sum = 0;
  double total = 0;
  for (size_t row = 0; row < labels.size(); ++row) {
    sum += static_cast<double>(weights[row]) * labels[row];
    total += weights[row];
  }
  const auto mean = static_cast<float>(total > 0 ? sum / total : 0.0);
  if (objective == Objective::kSquaredError) return mean;
  return std::clamp(mean, kLeastProbability, 1.0F - kLeastProbability);
}

}  // namespace coterie::trees
