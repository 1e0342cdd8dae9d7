#pragma once
// The k best of one row of scores after the other, where the scores of all columns (or of the few
// that have any) lie in memory. Order: score descending, ties by column ascending.

#include <cstdint>
#include <span>
#include <vector>

#include "math/kernels.h"
#include "math/topk.h"

namespace coterie::math {

// Owns its scratch: one a thread.
class RowSelector {
 public:
  // Writes the k best of `scores` into list `row` of `out`. Scores are finite; those of `excluded`
  // columns, and where `allowed` (empty = all, else a byte a column) is 0, are overwritten and left
  // out. One pass that compares with a rising threshold: O(n + k log k).
  void select(std::span<float> scores, std::span<const int32_t> excluded,
              std::span<const uint8_t> allowed, int64_t row, TopK& out);
  // The same for scored columns in any order, each at most once. Reorders `scored`.
  void select(std::vector<Candidate>& scored, int64_t row, TopK& out);

 private:
  std::vector<Candidate> kept_;
};

// Leaves the `count` best in front, in any order.
void keep_best(std::vector<Candidate>& scored, size_t count);

}  // namespace coterie::math
