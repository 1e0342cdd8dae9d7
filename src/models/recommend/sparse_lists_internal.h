#pragma once
// Lists from scores of which few are not zero, filled up with what is popular.

#include <cstdint>
#include <span>
#include <vector>

#include "math/row_select.h"
#include "models/recommend/recommender.h"
#include "models/recommend/similarity_internal.h"

namespace coterie::recommend {

// Items by falling popularity, ties by item ascending.
std::vector<int32_t> popularity_order(std::span<const float> popularity);

// One a thread.
class SparseLists {
 public:
  // `order` holds every item and outlives this.
  SparseLists(std::span<const int32_t> order, const RecommendOptions& options)
      : order_(order),
        options_(options),
        scores_(static_cast<int32_t>(order.size())),
        marked_(order.size(), 0) {}

  SparseScores& scores() { return scores_; }
  // The list of the sums in scores(), without `seen` where the options say so, into list `row`.
  void write(std::span<const int32_t> seen, int64_t row, TopK& out);

 private:
  bool allowed(int32_t item) const {
    return options_.allowed_items.empty() || options_.allowed_items[item] != 0;
  }
  void fill_up(std::span<const int32_t> seen, int64_t row, TopK& out);

  std::span<const int32_t> order_;
  RecommendOptions options_;
  SparseScores scores_;
  std::vector<math::Candidate> found_;
  std::vector<uint8_t> marked_;
  math::RowSelector selector_;
};

}  // namespace coterie::recommend
