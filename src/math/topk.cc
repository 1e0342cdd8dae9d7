#include "math/topk.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <utility>

#include "base/cancel.h"
#include "math/kernels.h"
#include "math/topk_internal.h"

namespace coterie::math {
namespace {

// Rows of `items` in packed order, one panel after the other.
void pack_panels(std::span<const float> items, PackedColumns& packed) {
  const Kernels& k = kernels();
  const Bf16Kernels* bf16 = bf16_kernels();
  const int d = packed.d;
  const int64_t panels = (packed.size() + kPanelWidth - 1) / kPanelWidth;
  packed.panels.resize(static_cast<size_t>(panels * d * kPanelWidth));
  if (bf16 != nullptr) {
    packed.rows.resize(static_cast<size_t>(packed.size() * d));
    packed.bf16_panels.resize(static_cast<size_t>(panels * packed.even_d * kPanelWidth));
  }
  std::vector<float> rows(static_cast<size_t>(d) * kPanelWidth);
  std::vector<float> even(static_cast<size_t>(packed.even_d) * kPanelWidth, 0.0F);
  for (int64_t p = 0; p < panels; ++p) {
    const int64_t first = p * kPanelWidth;
    const int columns = static_cast<int>(std::min<int64_t>(kPanelWidth, packed.size() - first));
    for (int c = 0; c < columns; ++c) {
      std::copy_n(items.data() + static_cast<int64_t>(packed.ids[first + c]) * d, d,
                  rows.data() + static_cast<int64_t>(c) * d);
    }
    float* panel = packed.panels.data() + first * d;
    k.pack_panel(rows.data(), d, columns, d, panel);
    if (bf16 == nullptr) continue;
    std::copy_n(rows.data(), static_cast<int64_t>(columns) * d, packed.rows.data() + first * d);
    std::copy_n(panel, static_cast<int64_t>(d) * kPanelWidth, even.data());
    bf16->round_panel(even.data(), packed.even_d,
                      packed.bf16_panels.data() + first * packed.even_d);
  }
}

}  // namespace

TopK::TopK(int64_t lists, int list_length)
    : k(list_length),
      items(static_cast<size_t>(lists * list_length), -1),
      scores(static_cast<size_t>(lists * list_length), 0.0F),
      counts(static_cast<size_t>(lists), 0) {}

namespace {

// Ascending keys are descending scores.
uint32_t order_key(const Candidate& candidate) {
  const auto bits = std::bit_cast<uint32_t>(candidate.score + 0.0F);  // one zero
  return (bits >> 31) != 0 ? bits : ~bits & 0x7FFFFFFFU;
}

// By score alone: radix sort by bytes, since comparing sorts mispredict every other branch.
void sort_by_score(std::vector<Candidate>& list) {
  constexpr int kBytes = 4;
  uint32_t starts[kBytes][256] = {};
  for (const Candidate& candidate : list) {
    const uint32_t key = order_key(candidate);
    for (int byte = 0; byte < kBytes; ++byte) ++starts[byte][(key >> (8 * byte)) & 255U];
  }
  std::vector<Candidate> other(list.size());
  for (int byte = 0; byte < kBytes; ++byte) {
    uint32_t sum = 0;
    for (uint32_t& start : starts[byte]) sum += std::exchange(start, sum);
    for (const Candidate& candidate : list) {
      other[starts[byte][(order_key(candidate) >> (8 * byte)) & 255U]++] = candidate;
    }
    list.swap(other);
  }
}

}  // namespace

void sort_candidates(std::vector<Candidate>& list) {
  constexpr size_t kRadixPays = 64;
  if (list.size() < kRadixPays) {
    std::sort(list.begin(), list.end(), kBetter);
    return;
  }
  sort_by_score(list);
  for (auto tie = list.begin(); tie != list.end();) {
    const auto end =
        std::find_if(tie, list.end(), [&](const Candidate& c) { return c.score != tie->score; });
    if (end - tie > 1) std::sort(tie, end, kBetter);
    tie = end;
  }
}

void write_list(std::vector<Candidate>& best, int64_t row, TopK& out) {
  sort_candidates(best);
  const size_t count = std::min(best.size(), static_cast<size_t>(out.k));
  for (size_t i = 0; i < count; ++i) {
    out.items[row * out.k + static_cast<int64_t>(i)] = best[i].column;
    out.scores[row * out.k + static_cast<int64_t>(i)] = best[i].score;
  }
  out.counts[row] = static_cast<int32_t>(count);
}

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
  std::nth_element(all.begin(), all.begin() + static_cast<int64_t>(k), all.end(), kBetter);
  all.resize(k);
  write_list(all, row, out);
}

void ExcludedMasks::clear() {
  for (const int64_t word : touched_) masks_[word] = 0;
  touched_.clear();
}

void ExcludedMasks::add(int query, std::span<const int32_t> ids) {
  const auto columns = static_cast<int64_t>(columns_.positions.size());
  for (const int32_t id : ids) {
    const int32_t position = id >= 0 && id < columns ? columns_.positions[id] : -1;
    if (position < 0) continue;
    const int64_t word = position / kPanelWidth * queries_ + query;
    masks_[word] |= 1U << (position % kPanelWidth);
    touched_.push_back(word);
  }
}

ScoredColumns::ScoredColumns(std::span<const float> items, int64_t n, int d,
                             std::span<const uint8_t> allowed) {
  const Kernels& k = kernels();
  auto packed = std::make_shared<PackedColumns>();
  packed->d = d;
  packed->even_d = d + d % 2;
  std::vector<float> norms(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    norms[i] = std::sqrt(k.dot(items.data() + i * d, items.data() + i * d, d));
    if (allowed.empty() || allowed[i] != 0) packed->ids.push_back(static_cast<int32_t>(i));
  }
  std::sort(packed->ids.begin(), packed->ids.end(), [&](int32_t a, int32_t b) {
    return norms[a] != norms[b] ? norms[a] > norms[b] : a < b;
  });
  packed->positions.assign(static_cast<size_t>(n), -1);
  for (int64_t i = 0; i < packed->size(); ++i) {
    packed->positions[packed->ids[i]] = static_cast<int32_t>(i);
  }
  for (int64_t first = 0; first < packed->size(); first += kPanelWidth) {
    packed->panel_norms.push_back(norms[packed->ids[first]]);
  }
  pack_panels(items, *packed);
  packed_ = std::move(packed);
}

int64_t ScoredColumns::size() const { return packed_->size(); }

Result<TopK> ScoredColumns::top_k(std::span<const float> queries, int64_t count, int k,
                                  const Excluded& excluded, ThreadPool& pool) const {
  TopK out(count, k);
  if (k == 0 || size() == 0) return out;
  std::vector<std::unique_ptr<BlockScan>> scans(static_cast<size_t>(pool.threads()));
  pool.parallel_for_worker(count, kBlockQueries, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    auto& scan = scans[worker];
    const int block = static_cast<int>(std::min<int64_t>(count, kBlockQueries));
    if (!scan) scan = make_bf16_scan(*packed_, k, block);
    if (!scan) scan = make_float_scan(*packed_, k, block);
    scan->run(queries.data() + begin * packed_->d, begin, static_cast<int>(end - begin), excluded,
              out);
  });
  RETURN_IF_ERROR(check_cancelled());
  return out;
}

}  // namespace coterie::math
