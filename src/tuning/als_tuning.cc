#include "tuning/als_tuning.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "tuning/validation_internal.h"

namespace coterie::tuning {
namespace {

constexpr double kStartWeight = 0.05;
constexpr double kStartRegularisation = 0.003;  // at exponent 1
constexpr double kUnit = 0.125;                 // of the search's lattice, in log2
constexpr int kFirstStep = 16;                  // units: ×4
constexpr int kLastStep = 4;
// Beyond these the search would only leave what any data set needs.
constexpr double kMinWeight = 1e-5;
constexpr double kMaxWeight = 30;

// A point of the search: offsets of log2 w0 and of log2 λ̄ from the start, in units of kUnit, so
// that points reached on different ways are the same.
using Point = std::array<int, 2>;

class Search {
 public:
  Search(const Validation& validation, const recommend::AlsOptions& base,
         const AlsTuningOptions& options, ThreadPool& pool)
      : validation_(validation), base_(base), options_(options), pool_(pool) {}

  Result<AlsTuning> run() {
    origin_ = start();
    ASSIGN_OR_RETURN(best_score_, judge(best_));
    for (int step = kFirstStep; step > kLastStep && room();) {
      ASSIGN_OR_RETURN(const bool moved, walk(step));
      if (!moved) step /= 2;
    }
    coarse_ = false;
    known_.clear();
    ASSIGN_OR_RETURN(best_score_, judge(best_));
    bool moved = true;
    while (moved && room()) {
      ASSIGN_OR_RETURN(moved, walk(kLastStep));
    }
    RETURN_IF_ERROR(try_vertex(kLastStep));
    AlsTuning result;
    result.options = base_;
    apply(best_, result.options);
    result.trials = trials_;
    result.score = best_score_;
    return result;
  }

 private:
  bool room() const { return static_cast<int>(trials_.size()) < options_.max_trials; }

  double mean_frequency(double w0) const {
    return validation_.mean_count + w0 * static_cast<double>(validation_.train.cols);
  }

  std::array<double, 2> start() const {
    const double w0 = options_.choose_unobserved_weight ? kStartWeight : base_.unobserved_weight;
    const double frequency = mean_frequency(w0);
    const double penalty =
        options_.choose_regularisation
            ? kStartRegularisation * frequency
            : base_.regularisation * std::pow(frequency, base_.frequency_exponent);
    return {std::log2(w0), std::log2(penalty)};
  }

  void apply(const Point& point, recommend::AlsOptions& options) const {
    const double log_penalty = origin_[1] + kUnit * point[1];
    if (options_.choose_unobserved_weight) {
      options.unobserved_weight = std::exp2(origin_[0] + kUnit * point[0]);
    }
    if (options_.choose_regularisation) {
      const double frequency = mean_frequency(options.unobserved_weight);
      options.regularisation =
          std::exp2(log_penalty) / std::pow(frequency, options.frequency_exponent);
    }
  }

  Result<double> judge(const Point& point) {
    if (const auto known = known_.find(point); known != known_.end()) return known->second;
    recommend::AlsOptions options = base_;
    const ProxySize& size = coarse_ ? options_.coarse : options_.fine;
    options.factors = std::min(options.factors, size.factors);
    options.sweeps = std::min(options.sweeps, size.sweeps);
    apply(point, options);
    recommend::Als model(options);
    RETURN_IF_ERROR(model.fit(validation_.train, pool_));
    ASSIGN_OR_RETURN(const math::TopK lists, model.recommend(validation_.users, validation_.train,
                                                             {.k = kValidationCut}, pool_));
    const double score = judge_lists(lists, validation_);
    known_[point] = score;
    trials_.push_back({options.unobserved_weight, options.regularisation, score, coarse_});
    if (options_.on_trial) options_.on_trial();
    return score;
  }

  bool within(const Point& point) const {
    const double log_weight = origin_[0] + kUnit * point[0];
    return log_weight >= std::log2(kMinWeight) && log_weight <= std::log2(kMaxWeight);
  }

  Status try_point(const Point& point, Point& best, double& score) {
    if (!within(point) || !room()) return {};
    ASSIGN_OR_RETURN(const double found, judge(point));
    if (found > score) {
      score = found;
      best = point;
    }
    return {};
  }

  // Goes to the best point one step away; false if none is better. The finest steps look along the
  // diagonals too: the ridge of good settings runs neither along w0 nor along the penalty.
  Result<bool> walk(int step) {
    ASSIGN_OR_RETURN(const bool moved, try_all(straight_steps(step)));
    if (moved || step > kLastStep || axes().size() < 2) return moved;
    return try_all({{step, step}, {-step, -step}, {step, -step}, {-step, step}});
  }

  std::vector<Point> straight_steps(int step) const {
    std::vector<Point> steps;
    for (const size_t axis : axes()) {
      for (const int direction : {step, -step}) {
        Point offset{};
        offset[axis] = direction;
        steps.push_back(offset);
      }
    }
    return steps;
  }

  Result<bool> try_all(const std::vector<Point>& offsets) {
    Point best = best_;
    double score = best_score_;
    for (const Point& offset : offsets) {
      const Point next{best_[0] + offset[0], best_[1] + offset[1]};
      RETURN_IF_ERROR(try_point(next, best, score));
    }
    const bool moved = score > best_score_;
    best_ = best;
    best_score_ = score;
    return moved;
  }

  // The vertex of the parabola through the best point and its neighbours along each axis.
  Status try_vertex(int step) {
    Point vertex = best_;
    for (const size_t axis : axes()) {
      Point below = best_;
      Point above = best_;
      below[axis] -= step;
      above[axis] += step;
      if (!known_.contains(below) || !known_.contains(above)) continue;
      const double curvature = known_[below] + known_[above] - 2 * best_score_;
      if (curvature < 0) {
        vertex[axis] +=
            static_cast<int>(std::lround(0.5 * step * (known_[below] - known_[above]) / curvature));
      }
    }
    return try_point(vertex, best_, best_score_);
  }

  std::vector<size_t> axes() const {
    std::vector<size_t> axes;
    if (options_.choose_unobserved_weight) axes.push_back(0);
    if (options_.choose_regularisation) axes.push_back(1);
    return axes;
  }

  const Validation& validation_;
  const recommend::AlsOptions& base_;
  const AlsTuningOptions& options_;
  ThreadPool& pool_;
  std::map<Point, double> known_;
  std::vector<AlsTrial> trials_;
  std::array<double, 2> origin_{};
  Point best_{};
  double best_score_ = 0;
  bool coarse_ = true;
};

}  // namespace

Result<AlsTuning> tune_als(const math::Csr& interactions, const recommend::AlsOptions& base,
                           const AlsTuningOptions& options, ThreadPool& pool) {
  RETURN_IF_ERROR(recommend::check_options(base));
  if (interactions.entries() == 0) return invalid_input("there are no interactions to learn from");
  auto validation = hold_out(interactions, kHeldOut, options.max_users, options.seed);
  if (!validation.ok()) {
    return std::move(validation).error().with_mend("set both w0 and regularisation");
  }
  return Search(*validation, base, options, pool).run();
}

}  // namespace coterie::tuning
