#pragma once
// Every split of a forest as `value of a slot <= threshold`, so that inner loops have one
// comparison and no special cases. A slot of a row is a feature (x < t is x <= the float before t),
// a feature with its sign changed (where missing goes left: x >= t, which goes right, is -x <= -t;
// NaN, for which comparisons are false, then goes left by itself), or, of a categorical split, 0
// where the row goes left and 1 where it goes right. Slot 0 is always 0.

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "trees/forest.h"
#include "trees/tree_kernels.h"

namespace coterie::trees {

// `yes` and `no` are nodes of the tree: where the row goes if the comparison holds, and if not.
struct SlotSplit {
  int32_t slot = 0;
  float threshold = std::numeric_limits<float>::infinity();
  int32_t yes = -1;
  int32_t no = -1;
};

// Filling is const and thread-safe.
class SplitSlots {
 public:
  // `node`: a split of `tree`. Equal slots are shared.
  SlotSplit add(const Tree& tree, const TreeNode& node);
  size_t size() const { return slots_.size(); }

  // All slots of one row; `out`: size().
  void fill_row(std::span<const float> row, float* out) const;
  // Of `count` rows from `first`, 1 to kBlockRows: block[slot · kBlockRows + row], size() ×
  // kBlockRows. Rows beyond the count repeat the last one.
  void fill_block(const FeatureMatrix& rows, int64_t first, int64_t count, float* block) const;

 private:
  struct Slot {
    int32_t feature = 0;
    float factor = 1;           // of numeric values: 1 or -1
    int32_t set = -1;           // of categorical ones: which set, else -1
    bool missing_left = false;  // of categorical ones
  };
  float category_value(const Slot& slot, float x) const;
  int32_t slot_of(int32_t feature, bool flipped, const std::vector<uint32_t>& set);

  std::vector<Slot> slots_ = {Slot{.factor = 0}};
  std::vector<std::vector<uint32_t>> sets_;
  std::map<std::tuple<int32_t, bool, std::vector<uint32_t>>, int32_t> known_;
};

}  // namespace coterie::trees
