#pragma once
// Shapley values of a forest's margins: what each feature adds to a row's prediction. Features that
// a coalition lacks are averaged by the covers of the training rows (path-dependent TreeSHAP,
// Lundberg, Erion & Lee, "Consistent individualized feature attribution for tree ensembles", 2018):
// the values XGBoost's pred_contribs gives, here for a vector of rows at a time and in time linear
// in the tree.
//
// Of a leaf with value v let z_j be the product of cover shares of the splits on feature j on its
// path and o_j whether the row takes all of them. The Shapley value of j is an integral of the
// game's multilinear extension (Owen, 1972):
//   φ_j = v (o_j - z_j) ∫₀¹ Π_{i ≠ j} (z_i (1 - t) + o_i t) dt.
// The integrand is a polynomial of degree below the number of features on the path, so n points of
// Gauss-Legendre quadrature are exact for 2 n features. At each point a tree is two sweeps:
//   up:   U(s) = U(no) + r (U(yes) - U(no))      values of subtrees
//   down: P(yes) = P r,  P(no) = P (1 - r)       products of the path above
//   φ_j += Σ_t w_t P b (U(yes) - U(no))
// where, with z the share of `yes` and o whether the row takes it, r = z (1 - t) + o t and
// b = o - z. Where the feature was split on above, with z' and o' so far and f' = z' (1 - t) + o'
// t, r = (z' z (1 - t) + o' o t) / f' and b = (o' o - z' z - r (o' - z')) / f', which are z and 0
// where o' = 0: two numbers a side and a point, computed once.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "trees/forest.h"
#include "trees/split_slots.h"
#include "trees/tree_kernels.h"

namespace coterie::trees {

// Immutable; const members may be called from any thread. About 60 bytes a split.
class Shap {
 public:
  // kUnsupported for trees with more than 64 features on one path. A split whose rows weigh nothing
  // counts as one half each side.
  static Result<Shap> create(const Forest& forest);

  int features() const { return features_; }
  int outputs() const { return outputs_; }
  // Elements of a row's answer: outputs() × (features() + 1).
  size_t width() const { return static_cast<size_t>(outputs_) * (features_ + 1); }

  // `rows`: n × features(); `out`: n × width(): of each output the values of all features and,
  // last, what is expected without knowing any. They sum to the margin (in float: to about 1e-6 of
  // the largest sums). The same bytes for any number of threads and however rows are divided into
  // calls.
  void contributions(const FeatureMatrix& rows, std::span<float> out, ThreadPool& pool) const;

 private:
  struct PlannedTree {
    int64_t first_split = 0;
    int32_t count = 0;
    int32_t points = 0;
    int64_t first_repeat = 0;
    int64_t first_turn = 0;
    int32_t output = 0;
  };
  struct Compiler;
  struct Memory;

  struct Strip;
  ShapTree view(const PlannedTree& planned) const;
  void group_sums(int64_t group, const Strip& strip, Memory& memory) const;
  void add_group(int64_t group, const Strip& strip, const float* part, float* sums) const;
  void sums_by_threads(const Strip& strip, float* sums, ThreadPool& pool) const;
  void few_rows(const FeatureMatrix& rows, float* out, ThreadPool& pool) const;
  void one_block(const FeatureMatrix& rows, int64_t first, Memory& memory, float* out) const;
  void write_rows(int64_t first, const Strip& strip, const float* sums, float* out) const;

  int features_ = 0;
  int outputs_ = 1;
  SplitSlots slots_;
  std::vector<float> expected_;  // of each output
  std::vector<PlannedTree> trees_;
  std::vector<ShapSplit> splits_;
  std::vector<float> repeats_;
  std::vector<ShapTurn> turns_;
  // The outputs of each group of trees that are summed together.
  std::vector<std::vector<int32_t>> group_outputs_;
  struct Points {
    std::vector<float> at, rest, weights;  // padded to a multiple of 4
  };
  std::vector<Points> points_;  // by number of points
  size_t most_scratch_ = 0;
};

// One line of an explanation.
struct Contribution {
  int32_t feature = 0;
  std::string name;  // the feature's, or f<index> where the model has no names
  float value = 0;   // the row's, NaN = missing
  float contribution = 0;
};

// The k largest by magnitude, largest first, ties by feature; zeros are left out. `contributions`:
// one output's part of a row, features + 1; `row`: the features.
std::vector<Contribution> top_contributions(std::span<const float> contributions,
                                            std::span<const float> row,
                                            const std::vector<FeatureColumn>& columns, int k);

}  // namespace coterie::trees
