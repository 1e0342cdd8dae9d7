#include "math/topk.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "base/cancel.h"
#include "math/kernels.h"

namespace coterie::math {
namespace {

// A block of queries stays in the second-level cache with its candidates.
constexpr int kBlockQueries = 8 * kFilterRows;
// Covers the rounding of the norms and of the product's d multiply-adds.
constexpr float kBoundSlack = 1.0001F;

// A type, so that the standard algorithms inline it.
struct Better {
  bool operator()(const Candidate& a, const Candidate& b) const {
    return a.score != b.score ? a.score > b.score : a.column < b.column;
  }
};
constexpr Better better;

void write_list(std::vector<Candidate>& best, int64_t row, TopK& out) {
  std::sort(best.begin(), best.end(), better);
  const size_t count = std::min(best.size(), static_cast<size_t>(out.k));
  for (size_t i = 0; i < count; ++i) {
    out.items[row * out.k + static_cast<int64_t>(i)] = best[i].column;
    out.scores[row * out.k + static_cast<int64_t>(i)] = best[i].score;
  }
  out.counts[row] = static_cast<int32_t>(count);
}

}  // namespace

TopK::TopK(int64_t lists, int list_length)
    : k(list_length),
      items(static_cast<size_t>(lists * list_length), -1),
      scores(static_cast<size_t>(lists * list_length), 0.0F),
      counts(static_cast<size_t>(lists), 0) {}

void select_top_k(std::span<const float> scores, std::span<const int32_t> excluded, int64_t row,
                  TopK& out) {
  std::vector<Candidate> all;
  all.reserve(scores.size());
  size_t next = 0;
  for (size_t column = 0; column < scores.size(); ++column) {
    const auto id = static_cast<int32_t>(column);
    while (next < excluded.size() && excluded[next] < id) ++next;
    if (next < excluded.size() && excluded[next] == id) continue;
    all.push_back({scores[column], id});
  }
  const size_t k = std::min(all.size(), static_cast<size_t>(out.k));
  std::nth_element(all.begin(), all.begin() + static_cast<int64_t>(k), all.end(), better);
  all.resize(k);
  write_list(all, row, out);
}

ScoredColumns::ScoredColumns(std::span<const float> items, int64_t n, int d,
                             std::span<const uint8_t> allowed)
    : d_(d) {
  const Kernels& k = kernels();
  std::vector<float> norms(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    norms[i] = std::sqrt(k.dot(items.data() + i * d, items.data() + i * d, d));
    if (allowed.empty() || allowed[i] != 0) ids_.push_back(static_cast<int32_t>(i));
  }
  std::sort(ids_.begin(), ids_.end(), [&](int32_t a, int32_t b) {
    return norms[a] != norms[b] ? norms[a] > norms[b] : a < b;
  });
  const int64_t panel_count = (size() + kPanelWidth - 1) / kPanelWidth;
  panels_.resize(static_cast<size_t>(panel_count * d * kPanelWidth));
  std::vector<float> rows(static_cast<size_t>(d) * kPanelWidth);
  for (int64_t p = 0; p < panel_count; ++p) {
    const int64_t first = p * kPanelWidth;
    const int columns = static_cast<int>(std::min<int64_t>(kPanelWidth, size() - first));
    for (int c = 0; c < columns; ++c) {
      std::copy_n(items.data() + static_cast<int64_t>(ids_[first + c]) * d, d,
                  rows.data() + static_cast<int64_t>(c) * d);
    }
    k.pack_panel(rows.data(), d, columns, d, panels_.data() + first * d);
    panel_norms_.push_back(norms[ids_[first]]);
  }
}

// The scratch of one worker: a block of queries with their candidate lists.
class TopKBlock {
 public:
  TopKBlock(const ScoredColumns& columns, int k)
      : columns_(columns),
        k_(k),
        capacity_(std::max(4 * k, 256) + kPanelWidth),
        candidates_(static_cast<size_t>(kBlockQueries) * capacity_) {
    for (int i = 0; i < kBlockQueries; ++i) lists_[i] = candidates_.data() + i * int64_t{capacity_};
  }

  void run(const float* queries, int64_t first, int count, const ScoredColumns::Excluded& excluded,
           TopK& out) {
    const Kernels& kernel = kernels();
    const int d = columns_.d_;
    for (int i = 0; i < count; ++i) {
      const float* query = queries + i * int64_t{d};
      counts_[i] = 0;
      ranked_[i] = 0;
      thresholds_[i] = -std::numeric_limits<float>::infinity();
      norms_[i] = std::sqrt(kernel.dot(query, query, d)) * kBoundSlack;
      const auto ids = excluded ? excluded(first + i) : std::span<const int32_t>();
      excluded_[i].assign(ids.begin(), ids.end());
    }
    const auto panels = static_cast<int64_t>(columns_.panel_norms_.size());
    for (int64_t panel = 0; panel < panels; ++panel) {
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
    const float bound = columns_.panel_norms_[panel];
    const int64_t first_column = panel * kPanelWidth;
    const float* panel_data = columns_.panels_.data() + first_column * columns_.d_;
    const int64_t panel_floats = int64_t{columns_.d_} * kPanelWidth;
    bool any = false;
    for (int row = 0; row < count; row += kFilterRows) {
      prefetch_slice(next_panel(panel), panel_floats, row, count);
      const int rows = std::min(kFilterRows, count - row);
      bool reachable = false;
      for (int i = row; i < row + rows; ++i) reachable |= norms_[i] * bound >= thresholds_[i];
      if (!reachable) continue;
      any = true;
      ScoreFilter job;
      job.queries = queries + row * int64_t{columns_.d_};
      job.query_stride = columns_.d_;
      job.rows = rows;
      job.d = columns_.d_;
      job.panel = panel_data;
      job.columns = static_cast<int>(std::min<int64_t>(kPanelWidth, columns_.size() - first_column));
      job.first_column = static_cast<int32_t>(first_column);
      job.thresholds = thresholds_ + row;
      job.candidates = lists_ + row;
      job.counts = counts_ + row;
      kernel.score_filter(job);
      for (int i = row; i < row + rows; ++i) {
        if (counts_[i] > capacity_ - kPanelWidth) compact(i);
      }
    }
    return any;
  }

  const float* next_panel(int64_t panel) const {
    const auto panels = static_cast<int64_t>(columns_.panel_norms_.size());
    const int64_t next = panel + 1 < panels ? panel + 1 : 0;
    return columns_.panels_.data() + next * kPanelWidth * columns_.d_;
  }

  // A slice of the next panel for every tile of this one: it arrives while the tiles compute.
  static void prefetch_slice(const float* next, int64_t floats, int row, int count) {
    constexpr int64_t kLine = 16;  // floats a cache line
    const int64_t begin = floats * row / count / kLine * kLine;
    const int64_t end = floats * std::min(row + kFilterRows, count) / count;
    for (int64_t i = begin; i < end; i += kLine) __builtin_prefetch(next + i);
  }

  // Keeps the k best candidates that are not excluded and raises the threshold to the k-th. The
  // first `ranked_` hold real ids already, the rest packed positions.
  void compact(int i) {
    Candidate* list = lists_[i];
    int kept = 0;
    for (int c = 0; c < counts_[i]; ++c) {
      Candidate candidate = list[c];
      if (c >= ranked_[i]) {
        candidate.column = columns_.ids_[candidate.column];
        const std::vector<int32_t>& ids = excluded_[i];
        if (std::binary_search(ids.begin(), ids.end(), candidate.column)) continue;
      }
      list[kept++] = candidate;
    }
    if (kept > k_) {
      std::nth_element(list, list + k_ - 1, list + kept, better);
      kept = k_;
    }
    if (kept == k_ && k_ > 0) {
      thresholds_[i] = std::max_element(list, list + kept, better)->score;
    }
    counts_[i] = kept;
    ranked_[i] = kept;
  }

  const ScoredColumns& columns_;
  int k_;
  int capacity_;
  std::vector<Candidate> candidates_;
  Candidate* lists_[kBlockQueries];
  int counts_[kBlockQueries] = {};
  int ranked_[kBlockQueries] = {};
  float thresholds_[kBlockQueries] = {};
  float norms_[kBlockQueries] = {};
  std::vector<int32_t> excluded_[kBlockQueries];
};

Result<TopK> ScoredColumns::top_k(std::span<const float> queries, int64_t count, int k,
                                  const Excluded& excluded, ThreadPool& pool) const {
  TopK out(count, k);
  if (k == 0 || size() == 0) return out;
  std::vector<std::unique_ptr<TopKBlock>> blocks(static_cast<size_t>(pool.threads()));
  pool.parallel_for_worker(count, kBlockQueries, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    if (!blocks[worker]) blocks[worker] = std::make_unique<TopKBlock>(*this, k);
    blocks[worker]->run(queries.data() + begin * d_, begin, static_cast<int>(end - begin), excluded,
                        out);
  });
  RETURN_IF_ERROR(check_cancelled());
  return out;
}

}  // namespace coterie::math
