#include "math/random.h"

namespace coterie::math {
namespace {

constexpr uint32_t kMultiplier0 = 0xD2511F53;
constexpr uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr uint32_t kWeyl0 = 0x9E3779B9;  // golden ratio
constexpr uint32_t kWeyl1 = 0xBB67AE85;  // sqrt(3) - 1
constexpr int kRounds = 10;

// Word k of every lane side by side: the compiler turns the lane loop into vector code.
template <uint32_t kLanes>
void philox_rounds(uint32_t (&words)[4][kLanes], PhiloxKey key) {
  for (int round = 0; round < kRounds; ++round) {
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
      const uint64_t product0 = uint64_t{kMultiplier0} * words[0][lane];
      const uint64_t product1 = uint64_t{kMultiplier1} * words[2][lane];
      const uint32_t next0 = static_cast<uint32_t>(product1 >> 32) ^ words[1][lane] ^ key[0];
      const uint32_t next2 = static_cast<uint32_t>(product0 >> 32) ^ words[3][lane] ^ key[1];
      words[0][lane] = next0;
      words[1][lane] = static_cast<uint32_t>(product1);
      words[2][lane] = next2;
      words[3][lane] = static_cast<uint32_t>(product0);
    }
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
}

}  // namespace

PhiloxBlock philox_4x32_10(PhiloxBlock counter, PhiloxKey key) {
  uint32_t words[4][1] = {{counter[0]}, {counter[1]}, {counter[2]}, {counter[3]}};
  philox_rounds<1>(words, key);
  return {words[0][0], words[1][0], words[2][0], words[3][0]};
}

RandomStream::RandomStream(uint64_t seed, uint32_t purpose, uint64_t index)
    : purpose_(purpose),
      index_(index),
      key_{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)} {}

void RandomStream::refill() {
  uint32_t words[4][kLanes];
  for (uint32_t lane = 0; lane < kLanes; ++lane) {
    words[0][lane] = block_ + lane;
    words[1][lane] = purpose_;
    words[2][lane] = static_cast<uint32_t>(index_);
    words[3][lane] = static_cast<uint32_t>(index_ >> 32);
  }
  philox_rounds<kLanes>(words, key_);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    buffer_[2 * lane] = uint64_t{words[1][lane]} << 32 | words[0][lane];
    buffer_[2 * lane + 1] = uint64_t{words[3][lane]} << 32 | words[2][lane];
  }
  block_ += kLanes;
  used_ = 0;
}

uint32_t RandomStream::below(uint32_t n) {
  uint64_t product = (next() >> 32) * n;
  uint32_t low = static_cast<uint32_t>(product);
  if (low < n) {
    const uint32_t threshold = -n % n;  // 2^32 mod n
    while (low < threshold) {
      product = (next() >> 32) * n;
      low = static_cast<uint32_t>(product);
    }
  }
  return static_cast<uint32_t>(product >> 32);
}

}  // namespace coterie::math
