#pragma once
// How good are ranked lists? Full ranking: lists are drawn from every item that a user does not
// know already, never from a sample of negatives (Krichene and Rendle 2020 show why).
//
// Per user with T > 0 test items, at k, with hits h and h_r = 1 where rank r (from 1) is a hit; the
// first four and mrr as in Manning, Raghavan, Schütze, "Introduction to Information Retrieval",
// 2008, chapter 8:
//   precision h / k      recall h / T      hit_rate [h > 0]      mrr 1 / rank of the first hit
//   map  Σ_r h_r · precision at r / min(k, T)
//   ndcg Σ_r h_r / log2(r + 1) / Σ_{r <= min(k, T)} 1 / log2(r + 1)   (Järvelin, Kekäläinen 2002)
// A list shorter than k has no hits behind its end. A metric is the mean over those users; users
// without test items are left out and counted.
// coverage is the share of the catalogue that appears in any list's first k.
// auc is the mean over users of the share of (test item, other unknown item) pairs in the right
// order (Rendle et al. 2009, BPR, section 4.1).
//
// Intervals are percentile intervals of the bootstrap over users (Efron 1979): users are drawn with
// replacement, `resamples` times, each time by a random stream of its own.

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
  int resamples = 0;  // > 0: bootstrap over users for 95 % intervals
  // Not empty: what areas_under_curve says of every list; they become the metric auc.
  std::span<const double> areas = {};
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

// The area under the ROC curve of every list. Lists must hold every item that the user does not
// know, so callers go through users in blocks. Test items that are in no list count on neither
// side; 1/2 where there is no pair to compare. Errors as above. O(items in lists · log T).
Result<std::vector<double>> areas_under_curve(const math::TopK& lists,
                                              std::span<const int32_t> users, const math::Csr& test,
                                              ThreadPool& pool);

}  // namespace coterie::evaluation
