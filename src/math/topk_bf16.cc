// Preselection in bfloat16. For a candidate c of a query with norm u the float score lies within
// e = bf16_error(d) · u · ‖c‖ of the approximate one. The k-th largest of (approximate - e) is a
// lower bound of the k-th score; whatever has approximate + e below it cannot be in the list.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "math/topk_internal.h"

namespace coterie::math {
namespace {

constexpr float kDenormalSlack = 1e-30F;
// Outside of these the products could leave the normal range, where the bound above holds.
constexpr float kMinNorm = 1e-12F;
constexpr float kMaxNorm = 1e12F;

class Bf16Scan final : public BlockScan {
 public:
  Bf16Scan(const PackedColumns& columns, const Bf16Kernels& kernel, int k, int queries)
      : columns_(columns),
        kernel_(kernel),
        k_(k),
        capacity_(std::max(4 * k, 256) + kPanelWidth),
        error_(bf16_error(columns.even_d) * kBoundSlack),
        candidates_(static_cast<size_t>(queries) * capacity_),
        queries_(static_cast<size_t>(queries) * columns.even_d, 0),
        excluded_(columns, queries) {
    for (int i = 0; i < queries; ++i) lists_[i] = candidates_.data() + i * int64_t{capacity_};
  }

  void run(const float* queries, int64_t first, int count, const ScoredColumns::Excluded& excluded,
           TopK& out) override {
    start(queries, first, count, excluded);
    for (int64_t panel = 0; panel < columns_.panel_count(); ++panel) {
      if (!scan_panel(count, panel)) break;
    }
    for (int i = 0; i < count; ++i) {
      const float* query = queries + i * int64_t{columns_.d};
      if (!gave_up_[i]) compact(i);
      if (gave_up_[i]) {
        if (!exact_) exact_ = make_float_scan(columns_, k_, 1);
        exact_->run(query, first + i, 1, excluded, out);
      } else {
        write_exact(i, query, first + i, out);
      }
    }
  }

 private:
  void start(const float* queries, int64_t first, int count,
             const ScoredColumns::Excluded& excluded) {
    const int d = columns_.d;
    excluded_.clear();
    for (int i = 0; i < count; ++i) {
      const float* query = queries + i * int64_t{d};
      kernel_.round_row(query, d, queries_.data() + int64_t{i} * columns_.even_d);
      norms_[i] = std::sqrt(kernels().dot(query, query, d)) * kBoundSlack;
      counts_[i] = 0;
      gave_up_[i] = !(norms_[i] > kMinNorm && norms_[i] < kMaxNorm);
      thresholds_[i] = gave_up_[i] ? std::numeric_limits<float>::infinity()
                                   : -std::numeric_limits<float>::infinity();
      if (excluded) excluded_.add(i, excluded(first + i));
    }
  }

  // How far the approximate score may be off for any column of the panel.
  float slack(int i, int64_t panel) const {
    return error_ * norms_[i] * columns_.panel_norms[panel] + kDenormalSlack;
  }

  // False if no query of the block can be reached by this or a later panel.
  bool scan_panel(int count, int64_t panel) {
    const int64_t words = int64_t{columns_.even_d} * kPanelWidth;
    const int64_t next = panel + 1 < columns_.panel_count() ? panel + 1 : 0;
    const int tiles = (count + kFilterRows - 1) / kFilterRows;
    const float bound = columns_.panel_norms[panel];
    bool any = false;
    for (int row = 0; row < count; row += kFilterRows) {
      prefetch_part(columns_.bf16_panels.data() + next * words, words * 2, row / kFilterRows,
                    tiles);
      const int rows = std::min(kFilterRows, count - row);
      float thresholds[kFilterRows];
      bool reachable = false;
      for (int r = 0; r < rows; ++r) {
        thresholds[r] = thresholds_[row + r] - slack(row + r, panel);
        reachable |= norms_[row + r] * bound >= thresholds_[row + r];
      }
      if (!reachable) continue;
      any = true;
      kernel_.score_filter({queries_.data() + row * int64_t{columns_.even_d}, columns_.even_d, rows,
                            columns_.even_d, columns_.bf16_panels.data() + panel * words,
                            columns_.columns_of(panel), static_cast<int32_t>(panel * kPanelWidth),
                            thresholds, excluded_.of_panel(panel) + row, lists_ + row,
                            counts_ + row});
      for (int i = row; i < row + rows; ++i) {
        if (counts_[i] > capacity_ - kPanelWidth) compact(i);
      }
    }
    return any;
  }

  // Drops whatever cannot be in the list any more. Columns stay packed positions: their panels tell
  // the slack.
  void compact(int i) {
    Candidate* list = lists_[i];
    int kept = counts_[i];
    if (kept > k_) {
      lows_.resize(static_cast<size_t>(kept));
      for (int c = 0; c < kept; ++c) lows_[c] = list[c].score - slack_of(i, list[c]);
      thresholds_[i] = std::max(thresholds_[i], kernels().reached_by(lows_.data(), kept, k_));
      const int before = kept;
      kept = 0;
      for (int c = 0; c < before; ++c) {
        const Candidate candidate = list[c];
        list[kept] = candidate;
        kept += candidate.score + slack_of(i, candidate) >= thresholds_[i] ? 1 : 0;
      }
    }
    counts_[i] = kept;
    // So many near ties that there is no room to go on: float decides.
    if (kept > capacity_ / 2) {
      gave_up_[i] = true;
      counts_[i] = 0;
      thresholds_[i] = std::numeric_limits<float>::infinity();
    }
  }

  float slack_of(int i, const Candidate& candidate) const {
    return slack(i, candidate.column / kPanelWidth);
  }

  // The candidates' scores by the float kernel's own chain of multiply-adds.
  void write_exact(int i, const float* query, int64_t row, TopK& out) {
    const Kernels& exact = kernels();
    const int d = columns_.d;
    rows_.resize(static_cast<size_t>(d) * kPanelWidth);
    panel_.resize(static_cast<size_t>(d) * kPanelWidth);
    best_.assign(lists_[i], lists_[i] + counts_[i]);
    for (size_t first = 0; first < best_.size(); first += kPanelWidth) {
      const int count = static_cast<int>(std::min<size_t>(kPanelWidth, best_.size() - first));
      for (int c = 0; c < count; ++c) {
        std::copy_n(columns_.rows.data() + int64_t{best_[first + c].column} * d, d,
                    rows_.data() + int64_t{c} * d);
      }
      exact.pack_panel(rows_.data(), d, count, d, panel_.data());
      float scores[kPanelWidth];
      exact.multiply_panel(query, d, 1, d, panel_.data(), scores, kPanelWidth);
      for (int c = 0; c < count; ++c) {
        best_[first + c] = {scores[c], columns_.ids[best_[first + c].column]};
      }
    }
    write_list(best_, row, out);
  }

  const PackedColumns& columns_;
  const Bf16Kernels& kernel_;
  int k_;
  int capacity_;
  float error_;
  std::vector<Candidate> candidates_;
  std::vector<uint16_t> queries_;
  Candidate* lists_[kBlockQueries];
  int counts_[kBlockQueries] = {};
  bool gave_up_[kBlockQueries] = {};
  float thresholds_[kBlockQueries] = {};  // lower bounds of the k-th score
  float norms_[kBlockQueries] = {};
  ExcludedMasks excluded_;
  std::vector<float> lows_, rows_, panel_;
  std::vector<Candidate> best_;
  std::unique_ptr<BlockScan> exact_;
};

}  // namespace

std::unique_ptr<BlockScan> make_bf16_scan(const PackedColumns& columns, int k, int queries) {
  const Bf16Kernels* kernel = bf16_kernels();
  if (kernel == nullptr || columns.bf16_panels.empty() || columns.size() < 2 * int64_t{k}) {
    return nullptr;
  }
  if (!(columns.panel_norms.front() < kMaxNorm)) return nullptr;
  return std::make_unique<Bf16Scan>(columns, *kernel, k, queries);
}

}  // namespace coterie::math
