#pragma once
// Gradients of LambdaMART: what trees are fitted to when rows are to be ranked inside their groups.
// Burges, "From RankNet to LambdaRank to LambdaMART", MSR-TR-2010-82.
//
// For a pair of one group with label_i > label_j, ρ = 1 / (1 + exp(s_i - s_j)) and a weight w:
//   g_i -= w ρ,  g_j += w ρ,  h_i += w ρ (1 - ρ),  h_j += w ρ (1 - ρ)
// w = 1 (pairwise), or what NDCG would change if i and j were swapped (ndcg):
//   |gain_i - gain_j| · |1 / log2(2 + r_i) - 1 / log2(2 + r_j)| / ideal DCG of the group
// r = rank by score, best first, from 0; equal scores keep the order of their rows. With
// `normalise` a group's gradients are multiplied by log2(1 + Σ) / Σ, Σ = sum of all |g| of it, so
// that long groups do not drown short ones.

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"

namespace coterie::trees {

enum class PairWeight { kNdcg, kPairwise };

struct LambdaOptions {
  PairWeight weight = PairWeight::kNdcg;
  // Pairs count where the better ranked of the two is among the first `truncation`; 0 = all pairs.
  int truncation = 30;
  bool exponential_gain = true;  // gain = 2^label - 1, else the label itself
  bool normalise = true;
};

// Immutable after create; gradients() may be called from any thread.
class LambdaGradients {
 public:
  // `labels`: one a row, >= 0; `group_sizes`: rows of each group, in row order, summing to the
  // rows; `group_weights`: one a group, >= 0, or empty for 1. kInvalidInput for others, and for
  // labels above 31 with exponential gain.
  static Result<LambdaGradients> create(std::span<const float> labels,
                                        std::span<const int32_t> group_sizes,
                                        std::span<const float> group_weights,
                                        const LambdaOptions& options);

  // All spans have one element a row. The same bytes for any number of threads.
  // O(Σ group · min(group, truncation)).
  void gradients(std::span<const float> scores, std::span<float> gradient, std::span<float> hessian,
                 ThreadPool& pool) const;

  // Mean over groups, weighted, of the NDCG of the first `k` (0 = of all) rows by these scores. NaN
  // where no group has a label above 0; groups without one are left out.
  double ndcg(std::span<const float> scores, int k, ThreadPool& pool) const;

  int64_t rows() const { return starts_.back(); }

 private:
  struct Scratch;
  LambdaGradients() = default;
  void group_gradients(size_t group, std::span<const float> scores, std::span<float> gradient,
                       std::span<float> hessian, Scratch& scratch) const;
  double group_dcg(size_t group, std::span<const float> scores, int64_t k,
                   std::vector<int32_t>& order) const;
  double ideal_dcg(size_t group, int64_t k) const;
  double pair_step(size_t group, int64_t first, Scratch& scratch) const;

  LambdaOptions options_;
  std::vector<int64_t> starts_ = {0};  // groups + 1
  std::vector<float> labels_;
  std::vector<float> gains_;
  std::vector<float> weights_;        // of groups
  std::vector<float> inverse_ideal_;  // of groups; 0 where no label is above 0
  std::vector<float> discounts_;      // of ranks, up to the longest group
};

}  // namespace coterie::trees
