#include "models/recommend/blend.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace coterie::recommend {
namespace {

struct Scale {
  double last = 0;
  double per_deviation = 0;  // 1 / σ; 0 where all scores are the same
};

Scale scale_of(std::span<const float> scores) {
  if (scores.empty()) return {};
  const auto count = static_cast<double>(scores.size());
  double mean = 0, squares = 0;
  for (const float score : scores) mean += score / count;
  for (const float score : scores) squares += (score - mean) * (score - mean) / count;
  return {.last = scores.back(), .per_deviation = squares > 0 ? 1 / std::sqrt(squares) : 0};
}

// Sums of one row. One a thread.
class Sums {
 public:
  explicit Sums(int32_t items) : sums_(static_cast<size_t>(items)), held_(sums_.size()) {}

  void add(const math::TopK& lists, int64_t row, double weight) {
    const std::span<const int32_t> list = lists.list(row);
    const std::span<const float> scores(lists.scores.data() + row * lists.k, list.size());
    const Scale scale = scale_of(scores);
    for (size_t place = 0; place < list.size(); ++place) {
      const auto item = static_cast<size_t>(list[place]);
      if (held_[item] == 0) {
        held_[item] = 1;
        items_.push_back(list[place]);
      }
      sums_[item] +=
          static_cast<float>(weight * (scores[place] - scale.last) * scale.per_deviation);
    }
  }

  // Writes the best of them to a row, and forgets them all.
  void take(int64_t row, math::TopK& out) {
    const size_t count = std::min(items_.size(), static_cast<size_t>(out.k));
    std::ranges::partial_sort(items_, items_.begin() + static_cast<std::ptrdiff_t>(count),
                              [this](int32_t a, int32_t b) {
                                return sums_[a] > sums_[b] || (sums_[a] == sums_[b] && a < b);
                              });
    for (size_t place = 0; place < count; ++place) {
      out.items[row * out.k + static_cast<int64_t>(place)] = items_[place];
      out.scores[row * out.k + static_cast<int64_t>(place)] = sums_[items_[place]];
    }
    std::fill(out.items.begin() + row * out.k + static_cast<int64_t>(count),
              out.items.begin() + (row + 1) * out.k, -1);
    out.counts[row] = static_cast<int32_t>(count);
    for (const int32_t item : items_) {
      sums_[item] = 0;
      held_[item] = 0;
    }
    items_.clear();
  }

 private:
  std::vector<float> sums_;  // by item
  std::vector<uint8_t> held_;
  std::vector<int32_t> items_;
};

}  // namespace

math::TopK blend(std::span<const math::TopK* const> lists, std::span<const double> weights,
                 int32_t items, int k, ThreadPool& pool) {
  CHECK(!lists.empty() && lists.size() == weights.size());
  const auto rows = static_cast<int64_t>(lists.front()->counts.size());
  math::TopK out(rows, k);
  std::vector<Sums> sums(static_cast<size_t>(pool.threads()), Sums(items));
  pool.parallel_for_worker(rows, 64, [&](int64_t begin, int64_t end, int worker) {
    for (int64_t row = begin; row < end; ++row) {
      for (size_t model = 0; model < lists.size(); ++model) {
        if (weights[model] > 0) sums[worker].add(*lists[model], row, weights[model]);
      }
      sums[worker].take(row, out);
    }
  });
  return out;
}

}  // namespace coterie::recommend
