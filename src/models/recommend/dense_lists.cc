#include <algorithm>
#include <vector>

#include "base/cancel.h"
#include "base/large_array.h"
#include "math/row_select.h"
#include "models/recommend/dense_lists_internal.h"

namespace coterie::recommend {

Result<TopK> dense_lists(const DenseListsRequest& request, const FillScores& fill,
                         ThreadPool& pool) {
  const auto count = static_cast<int64_t>(request.users.size());
  const int64_t items = request.items;
  TopK out(count, request.options.k);
  struct Scratch {
    LargeArray<float> rows;
    math::RowSelector selector;
  };
  std::vector<Scratch> scratch(static_cast<size_t>(pool.threads()));
  const int64_t block = std::min(request.block, std::max<int64_t>(1, count));
  pool.parallel_for_worker(count, block, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    Scratch& mine = scratch[worker];
    if (!mine.rows) mine.rows = make_large_array<float>(static_cast<size_t>(block * items));
    fill(begin, end, worker, mine.rows.get());
    for (int64_t i = begin; i < end; ++i) {
      const auto seen = request.options.filter_seen ? request.history.row_indices(request.users[i])
                                                    : std::span<const int32_t>();
      mine.selector.select({mine.rows.get() + (i - begin) * items, static_cast<size_t>(items)},
                           seen, request.options.allowed_items, i, out);
    }
  });
  RETURN_IF_ERROR(check_cancelled());
  return out;
}

}  // namespace coterie::recommend
