#pragma once
// The inner loops of evaluation, one table of functions per instruction set (math/isa.h). All are
// single-threaded, allocate nothing and may be called from any thread. Results are the same bits
// for every instruction set: sums have one order and, by the options these files are compiled with,
// no fused multiply-add.
//
// Rows come in blocks of kBlockRows, slot by slot: block[slot · kBlockRows + row]. A slot is a
// feature, a feature with its sign changed, or whether a category is in a set (split_slots.h).

#include <cstdint>

namespace coterie::trees {

inline constexpr int kBlockRows = 32;
// Trees up to this depth may be written as complete ones.
inline constexpr int kDeepestComplete = 8;

// A tree of 2^depth leaves and 2^depth - 1 splits in heap order: the children of split i are
// 2 i + 1 (taken where value <= threshold) and 2 i + 2.
struct CompleteTree {
  int32_t depth = 0;
  int32_t output = 0;
  int64_t first_split = 0;  // into thresholds and slots
  int64_t first_leaf = 0;   // into leaves
};

struct CompleteTrees {
  const float* thresholds = nullptr;
  const int32_t* offsets = nullptr;  // of slots inside a block: slot · kBlockRows
  const float* leaves = nullptr;
};

// A node of any tree: the next one is child where value <= threshold, else child + 1. A leaf reads
// slot 0, which is always 0, with threshold +infinity and itself as child.
struct WalkNode {
  float threshold;
  int32_t slot;
  int32_t child;
};

// A split of a tree for Shapley values (shap.h), where rows take `yes` if value <= threshold.
struct ShapSplit {
  int32_t offset;  // of the slot inside a block: slot · kBlockRows
  float threshold;
  float share;      // of the split's cover that took `yes`
  int32_t feature;  // which of the row of sums it adds to
  int32_t yes;      // split of the tree, or -1: a leaf of yes_value
  int32_t no;
  float yes_value;
  float no_value;
  int32_t repeat;      // -1, or: the feature was met above: 4 · stride floats from here on
  int32_t first_turn;  // the splits above on the same feature, with the side taken
  int32_t turns;
};
struct ShapTurn {
  int32_t offset;
  float threshold;
  bool yes;
};

struct ShapTree {
  const ShapSplit* splits = nullptr;  // parents before children
  int count = 0;
  int points = 0;                  // of the quadrature, 1 to kMostPoints
  int stride = 0;                  // points rounded up to a multiple of 4: length of these lists
  const float* at = nullptr;       // points, in (0, 1)
  const float* rest = nullptr;     // 1 - at
  const float* weights = nullptr;  // 0 beyond the points
  const float* repeats = nullptr;
  const ShapTurn* turns = nullptr;
};
inline constexpr int kMostPoints = 32;
inline constexpr int kMostLanes = 16;

// The slot of a categorical split: for each row, a bit of a set.
struct Membership {
  int32_t slot = 0;
  int32_t feature = 0;     // which of the categorical features
  int64_t first_word = 0;  // of its set
  int32_t words = 0;
};

struct TreeKernels {
  // block[slot · kBlockRows + row] = bit index[feature · kBlockRows + row] of the set, 0 or 1; 0
  // beyond its words.
  void (*fill_memberships)(const Membership* slots, int64_t count, const uint32_t* sets,
                           const int32_t* index, float* block);
  // sums[output · kBlockRows + row] += leaf of the row, tree after tree.
  void (*add_complete)(const CompleteTrees& forest, const CompleteTree* trees, int count,
                       const float* block, float* sums);
  // sums[row] += values[node where the row ends], after `depth` steps from `root`.
  void (*add_walked)(const WalkNode* nodes, const float* values, int32_t root, int depth,
                     const float* block, float* sums);
  // sums[feature · kBlockRows + row] += the tree's Shapley value of the feature. `scratch`:
  // 3 · count · stride · kMostLanes. Of rows beyond `rows` nothing is promised.
  void (*add_shap)(const ShapTree& tree, const float* block, int rows, float* sums, float* scratch);
  // sums[feature] += the same value, bit by bit, of one row: slots[slot].
  void (*add_shap_row)(const ShapTree& tree, const float* slots, float* sums, float* scratch);
  // Trees up to this depth are faster complete than walked.
  int deepest_complete;
};

// The table for math::active_isa().
const TreeKernels& tree_kernels();

}  // namespace coterie::trees
