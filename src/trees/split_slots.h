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
#include <utility>
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
  // After the last add(): forgets what only add() needs.
  void finish();
  size_t size() const { return static_cast<size_t>(count_); }

  // Memory of a fill; one a thread, reused.
  struct Scratch {
    std::vector<int32_t> index;
  };
  // All slots of one row; `out`: size().
  void fill_row(std::span<const float> row, float* out, Scratch& scratch) const;
  // Of `count` rows from `first`, 1 to kBlockRows: block[slot · kBlockRows + row], size() ×
  // kBlockRows. Rows beyond the count repeat the last one.
  void fill_block(const FeatureMatrix& rows, int64_t first, int64_t count, float* block,
                  Scratch& scratch) const;

 private:
  // A slot that is a feature, or the feature with its sign changed.
  struct Numeric {
    int32_t slot = 0;
    int32_t feature = 0;
    float factor = 1;
  };
  // A set is indexed by 0 = missing, 1 = a category that none of the feature's sets has, 2 +
  // category.
  struct Categorical {
    int32_t feature = 0;
    int32_t limit = 0;
  };
  static int32_t index_of(const Categorical& feature, float x);
  int32_t add_numeric(int32_t feature, bool flipped);
  int32_t add_membership(int32_t feature, bool missing_left, const std::vector<uint32_t>& set);
  int32_t categorical_of(int32_t feature, int32_t limit);

  int32_t count_ = 1;
  std::vector<Numeric> numeric_;
  std::vector<Categorical> categorical_;
  std::vector<Membership> memberships_;
  std::vector<uint32_t> sets_;
  // Until finish().
  std::map<std::pair<int32_t, bool>, int32_t> known_numeric_;
  std::map<std::tuple<int32_t, bool, std::vector<uint32_t>>, int32_t> known_memberships_;
};

}  // namespace coterie::trees
