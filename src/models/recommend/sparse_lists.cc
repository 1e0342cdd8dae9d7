#include <algorithm>
#include <numeric>

#include "models/recommend/sparse_lists_internal.h"

namespace coterie::recommend {

std::vector<int32_t> popularity_order(std::span<const float> popularity) {
  std::vector<int32_t> order(popularity.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return popularity[a] > popularity[b]; });
  return order;
}

void SparseLists::write(std::span<const int32_t> seen, int64_t row, TopK& out) {
  found_.clear();
  if (options_.filter_seen) {
    for (const int32_t item : seen) {
      if (item < static_cast<int32_t>(order_.size())) scores_.forget(item);
    }
  }
  scores_.take([&](int32_t item, float score) {
    if (allowed(item)) found_.push_back({score, item});
  });
  selector_.select(found_, row, out);
  if (out.counts[row] < out.k) fill_up(seen, row, out);
}

void SparseLists::fill_up(std::span<const int32_t> seen, int64_t row, TopK& out) {
  int32_t count = out.counts[row];
  const auto listed = std::span(out.items).subspan(static_cast<size_t>(row * out.k));
  const auto mark = [&](std::span<const int32_t> items, uint8_t value) {
    for (const int32_t item : items) {
      if (item < static_cast<int32_t>(order_.size())) marked_[item] = value;
    }
  };
  const auto scored = listed.first(static_cast<size_t>(count));
  mark(scored, 1);
  if (options_.filter_seen) mark(seen, 1);
  for (size_t place = 0; place < order_.size() && count < out.k; ++place) {
    const int32_t item = order_[place];
    if (marked_[item] != 0 || !allowed(item)) continue;
    out.items[row * out.k + count] = item;
    out.scores[row * out.k + count++] =
        -static_cast<float>(place + 1) / static_cast<float>(order_.size());
  }
  mark(scored, 0);
  if (options_.filter_seen) mark(seen, 0);
  out.counts[row] = count;
}

}  // namespace coterie::recommend
