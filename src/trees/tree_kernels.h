#pragma once
// The inner loops of evaluation, one table of functions per instruction set (math/isa.h). All are
// single-threaded, allocate nothing and may be called from any thread. Results are the same bits
// for every instruction set: all that happens to a row is comparisons and one sum in a fixed order.
//
// Rows come in blocks of kBlockRows, slot by slot: block[slot · kBlockRows + row]. A slot is a
// feature, a feature with its sign changed, or whether a category is in a set (evaluator.cc).

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

struct TreeKernels {
  // sums[output · kBlockRows + row] += leaf of the row, tree after tree.
  void (*add_complete)(const CompleteTrees& forest, const CompleteTree* trees, int count,
                       const float* block, float* sums);
  // sums[row] += values[node where the row ends], after `depth` steps from `root`.
  void (*add_walked)(const WalkNode* nodes, const float* values, int32_t root, int depth,
                     const float* block, float* sums);
  // Trees up to this depth are faster complete than walked.
  int deepest_complete;
};

// The table for math::active_isa().
const TreeKernels& tree_kernels();

}  // namespace coterie::trees
