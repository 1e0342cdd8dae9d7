#pragma once
// The passes of one run of Lloyd's iteration, each of which labels every row with its nearest
// centre and brings the sums by label up to date.
//
// A row is looked at only if its label may have changed (Hamerly 2010, "Making k-means even
// faster"): by the triangle inequality it keeps its label as long as the gap between its two
// nearest centres is larger than what its own and the fastest other centre have moved since. Per
// label the two are summed over the passes as `reach`, so a row needs one number, slack = gap +
// reach of its label when the gap was taken, which is written only when the row is looked at. Gaps
// are rounded downwards by more than single precision can have erred. Only rows that change their
// label are moved between the sums, in double; with weights the sums are taken anew, because
// weights of different magnitude would leave rests.
//
// Memory: 8 bytes a row, and partial sums of at most 256 MiB. A pass costs 8 bytes read a row, and
// O(k · d) for each row looked at.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/threads.h"
#include "math/aligned.h"
#include "models/segment/kmeans_internal.h"

namespace coterie::segment {

class LloydPasses {
 public:
  // `table` outlives this.
  LloydPasses(const ScaledTable& table, int k);
  ~LloydPasses();
  LloydPasses(const LloydPasses&) = delete;
  LloydPasses& operator=(const LloydPasses&) = delete;

  // `centres`: k × d. Deterministic for any number of threads.
  void run(std::span<const float> centres, ThreadPool& pool);

  bool changed() const { return changed_; }              // any label by the last run or by move()
  int64_t rows_looked_at() const { return looked_at_; }  // by the last run
  const std::vector<int32_t>& labels() const { return labels_; }
  const ClusterSums& sums() const { return sums_; }
  // Gives a row, which alone makes up cluster `to` then, to that cluster.
  void move(int64_t row, int32_t to);

 private:
  struct Part;  // a fixed range of rows: what it adds to the sums

  void widen_reach(std::span<const float> centres);
  void pack_centres(std::span<const float> centres);
  void fold_parts();

  const ScaledTable& table_;
  int k_;
  bool first_ = true;
  bool changed_ = false;
  int64_t looked_at_ = 0;
  std::vector<int32_t> labels_;
  std::vector<float> slacks_;
  std::vector<double> reach_;         // k
  std::vector<float> reach_now_;      // k: the same, rounded
  std::vector<float> thresholds_;     // k: the same, rounded upwards; room for kLooseRoom
  std::vector<float> centres_;        // k × d: of the last run
  math::AlignedVector<float> tiles_;  // k × d, for the kernels
  std::vector<float> half_norms_;     // k
  int64_t part_rows_ = 0;
  std::vector<std::unique_ptr<Part>> parts_;
  ClusterSums sums_;
};

}  // namespace coterie::segment
