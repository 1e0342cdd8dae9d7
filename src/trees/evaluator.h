#pragma once
// Predictions of a forest, equal bit by bit to XGBoost's own: the same comparisons, the same sums
// in the same order. (Logistic and softmax follow XGBoost's formulas with this program's libm.)
//
// Splits are comparisons without special cases (split_slots.h). Batches go in blocks of 32 rows, a
// vector holding one feature of many rows: of a complete tree all splits are evaluated and leaves
// are blended upwards without a branch (as bit-sliced evaluation does; compare Lucchese et al.,
// "QuickScorer", SIGIR 2015); deeper trees are walked, many rows at a time. Single rows walk eight
// trees at a time.

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "math/aligned.h"
#include "trees/forest.h"
#include "trees/split_slots.h"
#include "trees/tree_kernels.h"

namespace coterie::trees {

// Immutable; all const members may be called from any thread.
class Evaluator {
 public:
  explicit Evaluator(const Forest& forest);

  int features() const { return features_; }
  int outputs() const { return outputs_; }

  // `rows`: n × features(); `out`: n × outputs(). Sums before logistic or softmax.
  void margins(const FeatureMatrix& rows, std::span<float> out, ThreadPool& pool) const;
  // Probabilities of kBinaryLogistic (of class 1) and kSoftmax, else the margins.
  void predictions(const FeatureMatrix& rows, std::span<float> out, ThreadPool& pool) const;

  // Memory for rows that come one by one; one a thread, reused.
  struct Scratch {
    std::vector<float> slots;
    SplitSlots::Scratch fill;
  };
  // `row`: features(); `out`: outputs(). Allocates only in a new `scratch`.
  void margin(std::span<const float> row, std::span<float> out, Scratch& scratch) const;
  void prediction(std::span<const float> row, std::span<float> out, Scratch& scratch) const;

 private:
  struct WalkTree {
    int32_t root = 0;
    int32_t depth = 0;
    int32_t output = 0;
  };
  struct Compiler;
  friend struct Compiler;

  struct Memory;
  void block_margins(const FeatureMatrix& rows, int64_t first, int64_t count, Memory& memory,
                     float* out) const;
  void add_trees(const float* block, float* sums) const;
  void apply_link(float* values) const;

  Link link_ = Link::kIdentity;
  int features_ = 0;
  int outputs_ = 1;
  float base_margin_ = 0;
  SplitSlots slots_;
  std::vector<WalkTree> walks_;  // all trees
  std::vector<WalkNode> nodes_;
  std::vector<float> values_;  // of nodes_: what a leaf adds
  // The trees up to kDeepestComplete once more, complete; one a tree, others with depth -1.
  std::vector<CompleteTree> complete_;
  math::AlignedVector<float> thresholds_;
  std::vector<int32_t> offsets_;
  math::AlignedVector<float> leaves_;
};

}  // namespace coterie::trees
