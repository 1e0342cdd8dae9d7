#pragma once
// The k best of many scores: plain selection, and selection fused into the matrix product, where a
// score is compared with its list's threshold while it is still in a register and never stored.
//
// Order everywhere: score descending, ties by column ascending.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"

namespace coterie::math {

struct PackedColumns;  // topk_internal.h

// n lists of at most k items.
struct TopK {
  int k = 0;
  std::vector<int32_t> items;   // n × k, row-major; -1 where a list is shorter
  std::vector<float> scores;    // n × k; 0 where a list is shorter
  std::vector<int32_t> counts;  // n

  TopK() = default;
  TopK(int64_t lists, int list_length);
  std::span<const int32_t> list(int64_t row) const {
    return {items.data() + row * k, static_cast<size_t>(counts[row])};
  }
};

// Writes the k best of `scores` into list `row` of `out`. `excluded` are columns to leave out,
// ascending. O(n + k log k).
void select_top_k(std::span<const float> scores, std::span<const int32_t> excluded, int64_t row,
                  TopK& out);

// Columns (items) of a product queries · itemsᵀ, packed in panels by falling norm, so that
// thresholds rise early and panels that cannot reach any threshold (Cauchy–Schwarz) are skipped.
// Immutable and thread-safe; holds copies of the items: n × d floats, and where the CPU multiplies
// bfloat16 another 1.5 times as much. There the products are first taken in bfloat16, whatever
// their rounding could have brought into a list is kept, and the exact scores of those decide: the
// same lists, bit by bit.
class ScoredColumns {
 public:
  // `items`: n × d, leading dimension d, finite. `allowed`: empty = all, else a byte an item.
  ScoredColumns(std::span<const float> items, int64_t n, int d, std::span<const uint8_t> allowed);

  int64_t size() const;  // allowed items

  // List i of the result holds the best columns for query i (n × d, leading dimension d), without
  // excluded(i): columns in ascending order, valid until the next call on the same thread.
  // O(queries · n · d) at worst. Deterministic for any number of threads.
  // Error: kCancelled.
  using Excluded = std::function<std::span<const int32_t>(int64_t query)>;
  Result<TopK> top_k(std::span<const float> queries, int64_t count, int k, const Excluded& excluded,
                     ThreadPool& pool) const;

 private:
  std::shared_ptr<const PackedColumns> packed_;
};

}  // namespace coterie::math
