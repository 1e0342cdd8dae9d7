#pragma once
// Lists from scores of all items, a block of users at a time.

#include <cstdint>
#include <functional>
#include <span>

#include "base/result.h"
#include "models/recommend/recommender.h"

namespace coterie::recommend {

struct DenseListsRequest {
  std::span<const int32_t> users;
  const math::Csr& history;
  const RecommendOptions& options;
  int32_t items = 0;
  // Users whose scores are held at once by each thread.
  int64_t block = 16;
};

// Writes the scores of users [begin, end) of the request into rows: (end - begin) × items,
// row-major, undefined before. Called on several threads at once, `worker` in [0, threads).
using FillScores = std::function<void(int64_t begin, int64_t end, int worker, float* rows)>;

// Checks nothing: call check_request() first. Error: kCancelled.
Result<TopK> dense_lists(const DenseListsRequest& request, const FillScores& fill,
                         ThreadPool& pool);

}  // namespace coterie::recommend
