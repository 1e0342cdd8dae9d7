#pragma once
// Lists of several models made one.
//
// Models score on scales of their own, so each list is first brought to a common one: the score's
// height above the list's last, in standard deviations of the list,
//   z_i = (s_i − s_last) / σ,      0 for items that the list does not hold,
// and an item's blended score is Σ over models of weight · z. (Linear combination of normalised
// scores, CombSUM of Fox and Shaw 1994, "Combination of multiple searches".)

#include <cstdint>
#include <span>
#include <vector>

#include "base/threads.h"
#include "math/topk.h"

namespace coterie::recommend {

// Row i of the result blends row i of every list; `lists` and `weights` have one entry a model, and
// models of weight 0 are passed over. Items are in [0, items). At most k items a row, by score
// descending, ties by item ascending. O(items in the lists) a row, and `items` floats a thread.
// Deterministic for any number of threads.
math::TopK blend(std::span<const math::TopK* const> lists, std::span<const double> weights,
                 int32_t items, int k, ThreadPool& pool);

}  // namespace coterie::recommend
