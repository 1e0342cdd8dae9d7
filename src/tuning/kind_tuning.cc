#include <algorithm>
#include <map>
#include <numeric>

#include "models/recommend/popularity.h"
#include "tuning/recommender_kinds.h"
#include "tuning/validation_internal.h"

namespace coterie::tuning {
namespace {

// The interactions with the `count` most popular items, under new codes.
math::Csr popular_part(const math::Csr& matrix, int32_t count) {
  if (matrix.cols <= count) return matrix;
  std::vector<int64_t> met(static_cast<size_t>(matrix.cols), 0);
  for (const int32_t item : matrix.indices) ++met[item];
  std::vector<int32_t> order(met.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return met[a] > met[b]; });
  order.resize(static_cast<size_t>(count));
  std::sort(order.begin(), order.end());
  std::vector<int32_t> codes(met.size(), -1);
  for (size_t i = 0; i < order.size(); ++i) codes[order[i]] = static_cast<int32_t>(i);
  std::vector<uint8_t> dropped;
  dropped.reserve(matrix.indices.size());
  for (const int32_t item : matrix.indices) dropped.push_back(codes[item] < 0 ? 1 : 0);
  math::Csr part = math::leave_out(matrix, dropped);
  for (int32_t& item : part.indices) item = codes[item];
  part.cols = count;
  return part;
}

bool values_differ(const math::Csr& matrix) {
  return std::any_of(matrix.values.begin(), matrix.values.end(),
                     [&](float value) { return value != matrix.values.front(); });
}

// A place in `tried` for every setting that is chosen.
using Point = std::vector<size_t>;

class KindSearch {
 public:
  KindSearch(const RecommenderKind& kind, const SettingValues& given, const math::Csr& interactions,
             const KindTuningOptions& options, ThreadPool& pool)
      : kind_(kind), options_(options), pool_(pool) {
    const bool differ = values_differ(interactions);
    for (const Setting& setting : kind.settings) {
      const auto found = given.find(setting.key);
      values_[setting.key] = found == given.end() ? setting.initial() : found->second;
      if (found != given.end() || setting.fallback) continue;
      if (setting.key == "value_power" && !differ) continue;
      if (kind.matters && !kind.matters(setting.key, options.make)) continue;
      axes_.push_back(&setting);
      best_.push_back(setting.start);
    }
  }

  bool anything_to_choose() const { return !axes_.empty(); }

  Result<KindTuning> unjudged() const {
    KindTuning tuning;
    tuning.values = values_;
    tuning.unjudged = anything_to_choose();
    return tuning;
  }

  Result<KindTuning> run(std::vector<Validation> parts) {
    parts_ = std::move(parts);
    for (const Validation& part : parts_) {
      make_.push_back(options_.make);
      make_.back().features = features_of(options_.make.features, part);
    }
    ASSIGN_OR_RETURN(best_score_, judge(best_));
    for (bool moved = true; moved;) {
      moved = false;
      for (size_t axis = 0; axis < axes_.size(); ++axis) {
        ASSIGN_OR_RETURN(const bool better, improve(axis));
        moved = moved || better;
      }
    }
    return KindTuning{
        .values = values_at(best_), .trials = trials_, .score = best_score_, .unjudged = false};
  }

 private:
  SettingValues values_at(const Point& point) const {
    SettingValues values = values_;
    for (size_t axis = 0; axis < axes_.size(); ++axis) {
      values[axes_[axis]->key] = axes_[axis]->tried[point[axis]];
    }
    return values;
  }

  Result<double> judge(const Point& point) {
    if (const auto known = known_.find(point); known != known_.end()) return known->second;
    const SettingValues values = values_at(point);
    double score = 0;
    for (size_t i = 0; i < parts_.size(); ++i) {
      const Validation& part = parts_[i];
      const auto model = kind_.make(values, make_[i]);
      const recommend::OrderedHistory* order = part.order ? &*part.order : nullptr;
      RETURN_IF_ERROR(order != nullptr ? model->fit_in_order(part.train, *order, pool_)
                                       : model->fit(part.train, pool_));
      ASSIGN_OR_RETURN(
          const math::TopK lists,
          model->recommend(part.users, part.train, {.k = kValidationCut, .order = order}, pool_));
      score += judge_lists(lists, part) / static_cast<double>(parts_.size());
    }
    known_[point] = score;
    trials_.push_back({values, score});
    if (options_.on_trial) options_.on_trial();
    return score;
  }

  // Tries a place of one axis; true if it is the best so far.
  Result<bool> try_place(size_t axis, size_t place) {
    Point point = best_;
    point[axis] = place;
    if (!known_.contains(point) && static_cast<int>(trials_.size()) >= options_.max_trials) {
      return false;
    }
    ASSIGN_OR_RETURN(const double score, judge(point));
    if (score <= best_score_) return false;
    best_ = point;
    best_score_ = score;
    return true;
  }

  Result<bool> improve(size_t axis) {
    const Setting& setting = *axes_[axis];
    bool moved = false;
    if (setting.try_all || !setting.choices.empty()) {
      for (size_t place = 0; place < setting.tried.size(); ++place) {
        ASSIGN_OR_RETURN(const bool better, try_place(axis, place));
        moved = moved || better;
      }
      return moved;
    }
    for (const int direction : {1, -1}) {
      while (true) {
        const auto next = static_cast<int64_t>(best_[axis]) + direction;
        if (next < 0 || next >= static_cast<int64_t>(setting.tried.size())) break;
        ASSIGN_OR_RETURN(const bool better, try_place(axis, static_cast<size_t>(next)));
        if (!better) break;
        moved = true;
      }
    }
    return moved;
  }

  const RecommenderKind& kind_;
  const KindTuningOptions& options_;
  ThreadPool& pool_;
  std::vector<Validation> parts_;
  std::vector<MakeOptions> make_;  // of each part
  SettingValues values_;
  std::vector<const Setting*> axes_;
  std::map<Point, double> known_;
  std::vector<KindTrial> trials_;
  Point best_;
  double best_score_ = 0;
};

}  // namespace

Result<KindTuning> tune_kind(const RecommenderKind& kind, const SettingValues& given,
                             const math::Csr& interactions, const KindTuningOptions& options,
                             ThreadPool& pool) {
  if (interactions.entries() == 0) return invalid_input("there are no interactions to learn from");
  KindSearch search(kind, given, interactions, options, pool);
  if (!search.anything_to_choose()) return search.unjudged();
  const math::Csr judged = popular_part(interactions, kind.items_to_judge);
  std::vector<Validation> parts;
  for (int part = 0; part < kind.parts; ++part) {
    const uint64_t seed = options.seed + static_cast<uint64_t>(part);
    const bool in_order = kind.reads_order && options.order != nullptr;
    auto validation =
        in_order ? hold_out_newest(judged, *options.order, kind.held_out, options.max_users, seed)
                 : hold_out(judged, kind.held_out, options.max_users, seed);
    if (!validation.ok()) return search.unjudged();
    thin_out(validation->users,
             static_cast<size_t>(std::min(options.max_judged, kind.users_to_judge)));
    parts.push_back(*std::move(validation));
  }
  return search.run(std::move(parts));
}

}  // namespace coterie::tuning
