#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "math/topk_internal.h"

namespace coterie::math {
namespace {

// Of a query's candidates: never more than there are columns.
int capacity_of(const PackedColumns& columns, int k) {
  const int64_t wanted = std::max<int64_t>(4 * int64_t{k}, 256);
  return static_cast<int>(std::min(wanted, columns.size())) + kPanelWidth;
}

// The scratch of one worker: a block of queries with their candidate lists.
class FloatScan final : public BlockScan {
 public:
  FloatScan(const PackedColumns& columns, int k, int queries)
      : columns_(columns),
        k_(k),
        capacity_(capacity_of(columns, k)),
        candidates_(static_cast<size_t>(queries) * capacity_),
        excluded_(columns, queries) {
    for (int i = 0; i < queries; ++i) lists_[i] = candidates_.data() + i * int64_t{capacity_};
  }

  void run(const float* queries, int64_t first, int count, const ScoredColumns::Excluded& excluded,
           TopK& out) override {
    const Kernels& kernel = kernels();
    const int d = columns_.d;
    excluded_.clear();
    for (int i = 0; i < count; ++i) {
      const float* query = queries + i * int64_t{d};
      counts_[i] = 0;
      ranked_[i] = 0;
      thresholds_[i] = -std::numeric_limits<float>::infinity();
      norms_[i] = std::sqrt(kernel.dot(query, query, d)) * kBoundSlack;
      if (excluded) excluded_.add(i, excluded(first + i));
    }
    for (int64_t panel = 0; panel < columns_.panel_count(); ++panel) {
      if (!scan_panel(kernel, queries, count, panel)) break;
    }
    for (int i = 0; i < count; ++i) {
      compact(i);
      std::vector<Candidate> best(lists_[i], lists_[i] + counts_[i]);
      write_list(best, first + i, out);
    }
  }

 private:
  // False if no query of the block can be reached by this or a later panel.
  bool scan_panel(const Kernels& kernel, const float* queries, int count, int64_t panel) {
    const float bound = columns_.panel_norms[panel];
    const int64_t first_column = panel * kPanelWidth;
    const float* next = columns_.panel(panel + 1 < columns_.panel_count() ? panel + 1 : 0);
    const int64_t panel_bytes = int64_t{columns_.d} * kPanelWidth * 4;
    const int tiles = (count + kFilterRows - 1) / kFilterRows;
    bool any = false;
    for (int row = 0; row < count; row += kFilterRows) {
      prefetch_part(next, panel_bytes, row / kFilterRows, tiles);
      const int rows = std::min(kFilterRows, count - row);
      bool reachable = false;
      for (int i = row; i < row + rows; ++i) reachable |= norms_[i] * bound >= thresholds_[i];
      if (!reachable) continue;
      any = true;
      ScoreFilter job;
      job.queries = queries + row * int64_t{columns_.d};
      job.query_stride = columns_.d;
      job.rows = rows;
      job.d = columns_.d;
      job.panel = columns_.panel(panel);
      job.columns = columns_.columns_of(panel);
      job.first_column = static_cast<int32_t>(first_column);
      job.thresholds = thresholds_ + row;
      job.excluded = excluded_.of_panel(panel) + row;
      job.candidates = lists_ + row;
      job.counts = counts_ + row;
      kernel.score_filter(job);
      for (int i = row; i < row + rows; ++i) {
        if (counts_[i] > capacity_ - kPanelWidth) compact(i);
      }
    }
    return any;
  }

  // Drops candidates that cannot be among the k best any more. The first `ranked_` hold real ids
  // already, the rest packed positions.
  void compact(int i) {
    Candidate* list = lists_[i];
    for (int c = ranked_[i]; c < counts_[i]; ++c) list[c].column = columns_.ids[list[c].column];
    if (counts_[i] > k_) counts_[i] = drop_unreachable(i, counts_[i]);
    ranked_[i] = counts_[i];
  }

  // Raises the threshold to about the k-th score and drops what is below. Should ties leave too
  // little room, exactly k stay.
  int drop_unreachable(int i, int kept) {
    Candidate* list = lists_[i];
    scores_.resize(static_cast<size_t>(kept));
    for (int c = 0; c < kept; ++c) scores_[c] = list[c].score;
    thresholds_[i] = std::max(thresholds_[i], kernels().reached_by(scores_.data(), kept, k_));
    int left = 0;
    for (int c = 0; c < kept; ++c) {
      list[left] = list[c];
      left += scores_[c] >= thresholds_[i] ? 1 : 0;
    }
    if (left <= capacity_ / 2) return left;
    std::nth_element(list, list + k_ - 1, list + left, kBetter);
    thresholds_[i] = list[k_ - 1].score;
    return k_;
  }

  const PackedColumns& columns_;
  int k_;
  int capacity_;
  std::vector<Candidate> candidates_;
  Candidate* lists_[kBlockQueries];
  int counts_[kBlockQueries] = {};
  int ranked_[kBlockQueries] = {};
  float thresholds_[kBlockQueries] = {};
  float norms_[kBlockQueries] = {};
  ExcludedMasks excluded_;
  std::vector<float> scores_;
};

}  // namespace

std::unique_ptr<BlockScan> make_float_scan(const PackedColumns& columns, int k, int queries) {
  return std::make_unique<FloatScan>(columns, k, queries);
}

}  // namespace coterie::math
