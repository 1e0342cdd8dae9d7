#pragma once
// Draws from a fixed categorical distribution in O(1): one random number, one memory access.
// Vose, "A linear algorithm for generating random numbers with a given distribution" (1991).

#include <cstdint>
#include <span>
#include <vector>

#include "math/random.h"

namespace coterie::math {

// One column of the table: `self` with probability threshold / 2^32, else `other`.
struct AliasEntry {
  uint32_t threshold = 0;
  int32_t self = 0;
  int32_t other = 0;
};

// Fills `out` (as long as `weights`) so that category i is drawn with weight weights[i]; `labels`
// (empty = 0, 1, ...) are what a draw answers. Weights must be finite, >= 0 and not all 0.
// Probabilities are exact to 2^-32. O(n).
void build_alias(std::span<const double> weights, std::span<const int32_t> labels,
                 std::span<AliasEntry> out);

// Draws from entries made by build_alias; not empty.
inline int32_t draw_alias(std::span<const AliasEntry> entries, RandomStream& stream) {
  const uint64_t bits = stream.next();
  const AliasEntry& entry = entries[((bits >> 32) * entries.size()) >> 32];
  return static_cast<uint32_t>(bits) < entry.threshold ? entry.self : entry.other;
}

// The same with its own memory.
class AliasTable {
 public:
  AliasTable() = default;
  explicit AliasTable(std::span<const double> weights, std::span<const int32_t> labels = {});
  bool empty() const { return entries_.empty(); }
  int32_t draw(RandomStream& stream) const { return draw_alias(entries_, stream); }

 private:
  std::vector<AliasEntry> entries_;
};

}  // namespace coterie::math
