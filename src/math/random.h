#pragma once
// Counter-based random streams. A value is a pure function of (seed, purpose, index, position), so
// any entity's numbers can be drawn on any thread in any order: same seed, same bytes.
//
// Generator: Philox 4x32-10, Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011. Distributions over it: random_distributions.h, alias_table.h.

#include <array>
#include <cstdint>

namespace coterie::math {

using PhiloxBlock = std::array<uint32_t, 4>;
using PhiloxKey = std::array<uint32_t, 2>;

// One block of the generator: 128 random bits for one counter under one key.
PhiloxBlock philox_4x32_10(PhiloxBlock counter, PhiloxKey key);

// A stream of 2^33 64-bit numbers. Streams with different (seed, purpose, index) are disjoint by
// construction: the triple is the key and the upper part of the counter. Cheap to make (88 bytes,
// no work before the first draw). Not thread-safe; make one a thread or, better, one an entity.
class RandomStream {
 public:
  // `purpose` separates the uses of one seed (profile, baskets, ...); `index` is the entity.
  RandomStream(uint64_t seed, uint32_t purpose, uint64_t index);

  uint64_t next() {
    if (used_ == kBuffer) refill();
    return buffer_[used_++];
  }
  // [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  // (0, 1): safe under a logarithm.
  double uniform_open() { return (static_cast<double>(next() >> 12) + 0.5) * 0x1.0p-52; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  bool chance(double probability) { return uniform() < probability; }
  // 0 .. n - 1, exactly uniform; n >= 1. (Lemire, "Fast random integer generation in an interval",
  // 2019.)
  uint32_t below(uint32_t n);
  // low .. high inclusive; low <= high.
  int32_t between(int32_t low, int32_t high) {
    return low + static_cast<int32_t>(below(static_cast<uint32_t>(high - low) + 1));
  }

 private:
  static constexpr uint32_t kLanes = 4;  // blocks made at once, so that their rounds overlap
  static constexpr uint32_t kBuffer = 2 * kLanes;
  void refill();

  std::array<uint64_t, kBuffer> buffer_;
  uint32_t used_ = kBuffer;
  uint32_t block_ = 0;
  uint32_t purpose_;
  uint64_t index_;
  PhiloxKey key_;
};

}  // namespace coterie::math
