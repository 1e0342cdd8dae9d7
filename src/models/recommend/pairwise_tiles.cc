#include <algorithm>
#include <numeric>

#include "models/recommend/pairwise_tiles_internal.h"

namespace coterie::recommend {
namespace {

constexpr int64_t kMaxStripes = 16;
// Below that, an item is compared with too few others in an epoch.
constexpr int64_t kMinStripe = 32;

template <typename T>
void shuffle(std::span<T> values, math::RandomStream& random) {
  for (size_t left = values.size(); left > 1; --left) {
    std::swap(values[left - 1], values[random.below(static_cast<uint32_t>(left))]);
  }
}

}  // namespace

PairwiseTiles::PairwiseTiles(const math::Csr& interactions, uint64_t seed)
    : interactions_(interactions), seed_(seed) {
  std::vector<uint8_t> met(static_cast<size_t>(interactions.cols), 0);
  for (const int32_t item : interactions.indices) met[item] = 1;
  for (int32_t item = 0; item < interactions.cols; ++item) {
    if (met[item] != 0) met_.push_back(item);
  }
  const int64_t rows = std::min<int64_t>(interactions.rows, static_cast<int64_t>(met_.size()));
  stripes_ = static_cast<int>(std::clamp<int64_t>(rows / kMinStripe, 1, kMaxStripes));
  const auto& offsets = interactions.offsets;
  for (int64_t range = 0; range <= stripes_; ++range) {
    const auto first =
        std::lower_bound(offsets.begin(), offsets.end(), interactions.entries() * range / stripes_);
    ranges_.push_back(static_cast<int32_t>(first - offsets.begin()));
  }
  ranges_.back() = interactions.rows;
  stripe_.assign(static_cast<size_t>(interactions.cols), 0);
  tiles_.assign(static_cast<size_t>(stripes_) * stripes_ + 1, 0);
  samples_.resize(static_cast<size_t>(interactions.entries()));
}

void PairwiseTiles::deal(int epoch, ThreadPool& pool) {
  epoch_ = epoch;
  math::RandomStream random(seed_, kDealItems, static_cast<uint64_t>(epoch));
  dealt_ = met_;
  shuffle(std::span(dealt_), random);
  for (int stripe = 0; stripe < stripes_; ++stripe) {
    for (const int32_t item : stripe_items(stripe)) stripe_[item] = stripe;
  }
  shifts_.resize(static_cast<size_t>(stripes_));
  std::iota(shifts_.begin(), shifts_.end(), 0);
  shuffle(std::span(shifts_), random);
  pool.parallel_for(stripes_, 1, [&](int64_t begin, int64_t end) {
    for (int64_t range = begin; range < end; ++range) sort_range(static_cast<int>(range));
  });
}

std::span<const int32_t> PairwiseTiles::stripe_items(int stripe) const {
  const auto count = static_cast<int64_t>(dealt_.size());
  const int64_t first = count * stripe / stripes_;
  const int64_t last = count * (stripe + 1) / stripes_;
  return std::span(dealt_).subspan(static_cast<size_t>(first), static_cast<size_t>(last - first));
}

// A counting sort of the range's interactions by stripe.
void PairwiseTiles::sort_range(int range) {
  const int32_t first_user = ranges_[range];
  const int32_t last_user = ranges_[range + 1];
  std::vector<int64_t> next(static_cast<size_t>(stripes_) + 1, 0);
  const int64_t first = interactions_.offsets[first_user];
  const int64_t last = interactions_.offsets[last_user];
  for (int64_t i = first; i < last; ++i) ++next[stripe_[interactions_.indices[i]] + 1];
  next[0] = first;
  for (int stripe = 0; stripe < stripes_; ++stripe) {
    next[stripe + 1] += next[stripe];
    tiles_[range * stripes_ + stripe + 1] = next[stripe + 1];
  }
  for (int32_t user = first_user; user < last_user; ++user) {
    const auto items = interactions_.row_indices(user);
    const auto weights = interactions_.row_values(user);
    for (size_t i = 0; i < items.size(); ++i) {
      samples_[next[stripe_[items[i]]]++] = {.user = user, .item = items[i], .weight = weights[i]};
    }
  }
}

math::RandomStream PairwiseTiles::stream(int range, int stripe) const {
  const auto tile = static_cast<uint64_t>(range) * stripes_ + stripe;
  return {seed_, kTileOrder, static_cast<uint64_t>(epoch_) * stripes_ * stripes_ + tile};
}

std::span<const PairwiseSample> PairwiseTiles::shuffled(int range, int stripe,
                                                        math::RandomStream& random,
                                                        TileHistories& histories) {
  const size_t tile = static_cast<size_t>(range) * stripes_ + stripe;
  const auto samples = std::span(samples_).subspan(
      static_cast<size_t>(tiles_[tile]), static_cast<size_t>(tiles_[tile + 1] - tiles_[tile]));
  histories.first_user = ranges_[range];
  histories.starts.assign(static_cast<size_t>(ranges_[range + 1] - ranges_[range]) + 1, 0);
  histories.items.clear();
  // Before the shuffle they stand as sort_range() read them: by user, then by item.
  for (const PairwiseSample& sample : samples) {
    histories.items.push_back(sample.item);
    ++histories.starts[sample.user - histories.first_user + 1];
  }
  std::partial_sum(histories.starts.begin(), histories.starts.end(), histories.starts.begin());
  shuffle(samples, random);
  return samples;
}

}  // namespace coterie::recommend
