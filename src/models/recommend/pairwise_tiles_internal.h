#pragma once
// Which interaction is learnt from when: models/recommend/pairwise.h says how and why.

#include <cstdint>
#include <span>
#include <vector>

#include "base/threads.h"
#include "math/random.h"
#include "math/sparse.h"
#include "models/recommend/pairwise_internal.h"

namespace coterie::recommend {

// Purposes of the random streams of one seed.
enum PairwiseRandom : uint32_t { kStartUser = 21, kStartItem, kDealItems, kTileOrder, kFoldIn };

class PairwiseTiles {
 public:
  // `interactions` outlives it; its values are the weights of the samples.
  PairwiseTiles(const math::Csr& interactions, uint64_t seed);

  int stripes() const { return stripes_; }
  std::span<const int32_t> met_items() const { return met_; }  // ascending

  // Deals the items and sorts the interactions into tiles. O(entries).
  void deal(int epoch, ThreadPool& pool);
  // The stripe that a range works on in a round, both below stripes().
  int stripe_of(int round, int range) const { return (range + shifts_[round]) % stripes_; }
  std::span<const int32_t> stripe_items(int stripe) const;
  // The tile's interactions, shuffled by its stream, which is then at the first draw. Once a deal;
  // `histories` becomes what they say by user.
  std::span<const PairwiseSample> shuffled(int range, int stripe, math::RandomStream& random,
                                           TileHistories& histories);
  math::RandomStream stream(int range, int stripe) const;

 private:
  void sort_range(int range);

  const math::Csr& interactions_;
  uint64_t seed_;
  int stripes_ = 1;
  int epoch_ = 0;
  std::vector<int32_t> met_;
  std::vector<int32_t> dealt_;   // met items, stripe after stripe
  std::vector<int32_t> stripe_;  // of every item
  std::vector<int32_t> shifts_;  // of every round
  std::vector<int32_t> ranges_;  // stripes + 1: first user of each range
  std::vector<int64_t> tiles_;   // stripes² + 1: first sample of each tile
  std::vector<PairwiseSample> samples_;
};

}  // namespace coterie::recommend
