#include "trees/lambda_gradients.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace coterie::trees {
namespace {

constexpr float kLargestExponent = 31;
constexpr int64_t kGroupsAtOnce = 64;

Status check_groups(std::span<const float> labels, std::span<const int32_t> group_sizes,
                    std::span<const float> group_weights) {
  int64_t rows = 0;
  for (size_t g = 0; g < group_sizes.size(); ++g) {
    if (group_sizes[g] <= 0) {
      return invalid_input(fmt::format("group {} has {} rows", g, group_sizes[g]))
          .with_mend("leave empty groups out");
    }
    rows += group_sizes[g];
  }
  if (rows != static_cast<int64_t>(labels.size())) {
    return invalid_input(
        fmt::format("groups have {} rows together, the matrix has {}", rows, labels.size()));
  }
  if (!group_weights.empty() && group_weights.size() != group_sizes.size()) {
    return invalid_input(
        fmt::format("{} weights for {} groups", group_weights.size(), group_sizes.size()));
  }
  for (size_t g = 0; g < group_weights.size(); ++g) {
    if (!(group_weights[g] >= 0) || std::isinf(group_weights[g])) {
      return invalid_input(fmt::format("group {} has the weight {}", g, group_weights[g]))
          .with_mend("weights are finite and not negative");
    }
  }
  return {};
}

Status check_labels(std::span<const float> labels, const LambdaOptions& options) {
  for (size_t row = 0; row < labels.size(); ++row) {
    if (!(labels[row] >= 0) || std::isinf(labels[row])) {
      return invalid_input(fmt::format("row {} has the label {}", row, labels[row]))
          .with_mend("grades of relevance are finite and not negative");
    }
    if (options.exponential_gain && labels[row] > kLargestExponent) {
      return invalid_input(
                 fmt::format("row {} has the label {}: 2^label is too large", row, labels[row]))
          .with_mend("use grades up to 31, or gains that are the labels themselves");
    }
  }
  return {};
}

// Rows of a group from the best score down; equal ones keep their order.
void sort_by_score(std::span<const float> scores, std::vector<int32_t>& order) {
  order.resize(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  });
}

}  // namespace

// By rank: what the rows of one group are and what is summed for them.
struct LambdaGradients::Scratch {
  std::vector<int32_t> order;
  std::vector<float> score;
  std::vector<float> label;
  std::vector<float> gain;
  std::vector<float> gradient;
  std::vector<float> hessian;

  void resize(size_t rows) {
    score.resize(rows);
    label.resize(rows);
    gain.resize(rows);
    gradient.assign(rows, 0);
    hessian.assign(rows, 0);
  }
};

Result<LambdaGradients> LambdaGradients::create(std::span<const float> labels,
                                                std::span<const int32_t> group_sizes,
                                                std::span<const float> group_weights,
                                                const LambdaOptions& options) {
  RETURN_IF_ERROR(check_groups(labels, group_sizes, group_weights));
  RETURN_IF_ERROR(check_labels(labels, options));
  LambdaGradients made;
  made.options_ = options;
  made.labels_.assign(labels.begin(), labels.end());
  made.gains_ = made.labels_;
  if (options.exponential_gain) {
    for (float& gain : made.gains_) gain = std::exp2(gain) - 1.0F;
  }
  int32_t longest = 0;
  for (const int32_t size : group_sizes) {
    made.starts_.push_back(made.starts_.back() + size);
    longest = std::max(longest, size);
  }
  made.weights_.assign(group_weights.begin(), group_weights.end());
  if (made.weights_.empty()) made.weights_.assign(group_sizes.size(), 1.0F);
  for (int32_t rank = 0; rank < longest; ++rank) {
    made.discounts_.push_back(1.0F / std::log2(2.0F + static_cast<float>(rank)));
  }
  for (size_t group = 0; group < group_sizes.size(); ++group) {
    const double ideal = made.ideal_dcg(group, group_sizes[group]);
    made.inverse_ideal_.push_back(ideal > 0 ? static_cast<float>(1 / ideal) : 0.0F);
  }
  return made;
}

double LambdaGradients::ideal_dcg(size_t group, int64_t k) const {
  std::vector<float> gains(gains_.begin() + starts_[group], gains_.begin() + starts_[group + 1]);
  std::sort(gains.begin(), gains.end(), std::greater<>());
  double total = 0;
  for (int64_t rank = 0; rank < std::min<int64_t>(k, std::ssize(gains)); ++rank) {
    total += static_cast<double>(gains[rank]) * discounts_[rank];
  }
  return total;
}

// All pairs of the row at rank `first` with those below it. Returns the sum of their |g|, once a
// row.
double LambdaGradients::pair_step(size_t group, int64_t first, Scratch& scratch) const {
  const bool ndcg = options_.weight == PairWeight::kNdcg;
  const float inverse_ideal = inverse_ideal_[group];
  const float score = scratch.score[first];
  const float label = scratch.label[first];
  const float gain = scratch.gain[first];
  const float discount = discounts_[first];
  double gradient = 0;
  double hessian = 0;
  double total = 0;
  for (int64_t other = first + 1; other < std::ssize(scratch.order); ++other) {
    if (scratch.label[other] == label) continue;
    const float sign = label > scratch.label[other] ? 1.0F : -1.0F;
    const float rho = 1.0F / (1.0F + std::exp(sign * (score - scratch.score[other])));
    const float weight =
        ndcg ? std::abs(gain - scratch.gain[other]) * (discount - discounts_[other]) * inverse_ideal
             : 1.0F;
    const float step = weight * rho;
    const float curve = step * (1.0F - rho);
    gradient -= sign * step;
    hessian += curve;
    scratch.gradient[other] += sign * step;
    scratch.hessian[other] += curve;
    total += step;
  }
  scratch.gradient[first] += static_cast<float>(gradient);
  scratch.hessian[first] += static_cast<float>(hessian);
  return 2 * total;
}

void LambdaGradients::group_gradients(size_t group, std::span<const float> scores,
                                      std::span<float> gradient, std::span<float> hessian,
                                      Scratch& scratch) const {
  const int64_t begin = starts_[group];
  const auto size = static_cast<size_t>(starts_[group + 1] - begin);
  sort_by_score(scores.subspan(static_cast<size_t>(begin), size), scratch.order);
  scratch.resize(size);
  for (size_t rank = 0; rank < size; ++rank) {
    const int64_t row = begin + scratch.order[rank];
    scratch.score[rank] = scores[row];
    scratch.label[rank] = labels_[row];
    scratch.gain[rank] = gains_[row];
  }
  const size_t ranked =
      options_.truncation > 0 ? std::min(size, static_cast<size_t>(options_.truncation)) : size;
  double total = 0;
  for (size_t first = 0; first < ranked; ++first) {
    total += pair_step(group, static_cast<int64_t>(first), scratch);
  }
  double factor = weights_[group];
  if (options_.normalise && total > 0) factor *= std::log2(1 + total) / total;
  for (size_t rank = 0; rank < size; ++rank) {
    const int64_t row = begin + scratch.order[rank];
    gradient[row] = static_cast<float>(factor * scratch.gradient[rank]);
    hessian[row] = static_cast<float>(factor * scratch.hessian[rank]);
  }
}

void LambdaGradients::gradients(std::span<const float> scores, std::span<float> gradient,
                                std::span<float> hessian, ThreadPool& pool) const {
  CHECK(std::ssize(scores) == rows() && std::ssize(gradient) == rows() &&
        std::ssize(hessian) == rows());
  std::vector<Scratch> scratch(static_cast<size_t>(pool.threads()));
  pool.parallel_for_worker(
      std::ssize(weights_), kGroupsAtOnce, [&](int64_t begin, int64_t end, int worker) {
        for (int64_t group = begin; group < end; ++group) {
          group_gradients(static_cast<size_t>(group), scores, gradient, hessian, scratch[worker]);
        }
      });
}

double LambdaGradients::group_dcg(size_t group, std::span<const float> scores, int64_t k,
                                  std::vector<int32_t>& order) const {
  const int64_t begin = starts_[group];
  const auto size = static_cast<size_t>(starts_[group + 1] - begin);
  sort_by_score(scores.subspan(static_cast<size_t>(begin), size), order);
  double total = 0;
  for (int64_t rank = 0; rank < std::min<int64_t>(k, std::ssize(order)); ++rank) {
    total += static_cast<double>(gains_[begin + order[rank]]) * discounts_[rank];
  }
  return total;
}

double LambdaGradients::ndcg(std::span<const float> scores, int k, ThreadPool& pool) const {
  CHECK(std::ssize(scores) == rows());
  using Sums = std::pair<double, double>;
  const Sums sums = pool.parallel_reduce(
      std::ssize(weights_), kGroupsAtOnce, Sums{0, 0},
      [&](int64_t begin, int64_t end) {
        Sums part{0, 0};
        std::vector<int32_t> order;
        for (int64_t group = begin; group < end; ++group) {
          if (inverse_ideal_[group] == 0) continue;
          const int64_t size = starts_[group + 1] - starts_[group];
          const int64_t depth = k > 0 ? std::min<int64_t>(k, size) : size;
          const double ideal = ideal_dcg(static_cast<size_t>(group), depth);
          part.first +=
              weights_[group] * group_dcg(static_cast<size_t>(group), scores, depth, order) / ideal;
          part.second += weights_[group];
        }
        return part;
      },
      [](Sums a, Sums b) { return Sums{a.first + b.first, a.second + b.second}; });
  return sums.second > 0 ? sums.first / sums.second : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace coterie::trees
