#pragma once
// How good are ranked lists? Full ranking: lists are drawn from every item that a user does not
// know already, never from a sample of negatives.
//
// Per user with T > 0 test items, at k, with hits h and h_r = 1 where rank r (from 1) is a hit:
//   precision h / k      recall h / T      hit_rate [h > 0]      mrr 1 / rank of the first hit
//   map  Σ_r h_r · precision at r / min(k, T)
//   ndcg Σ_r h_r / log2(r + 1) / Σ_{r <= min(k, T)} 1 / log2(r + 1)
// A metric is the mean over those users. Users without test items are left out and counted.
// coverage is the share of the catalogue that appears in any list's first k.
// auc is the share of (test item, other unknown item) pairs in the right order; it needs full
// lists.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "math/sparse.h"
#include "math/topk.h"

namespace coterie::evaluation {

struct RankingOptions {
  std::vector<int> at = {10, 20};
  bool auc = false;   // lists must then hold every candidate
  int resamples = 0;  // > 0: bootstrap over users for 95 % intervals
  uint64_t seed = 1;
};

struct Interval {
  double low = 0;
  double high = 0;
};

struct RankingReport {
  std::map<std::string, double> metrics;      // "ndcg@10", "auc"
  std::map<std::string, Interval> intervals;  // of every metric but coverage, if resampled
  int64_t users = 0;                          // with test items
  int64_t users_without_test = 0;
};

// `lists`: list i ranks items for user users[i], a row of `test` (users × items). Errors:
// kInvalidInput for k beyond the lists' length, users outside of `test`, no user with test items.
// Deterministic for any number of threads. O(lists · k) besides the bootstrap.
Result<RankingReport> evaluate_ranking(const math::TopK& lists, std::span<const int32_t> users,
                                       const math::Csr& test, const RankingOptions& options,
                                       ThreadPool& pool);

}  // namespace coterie::evaluation
