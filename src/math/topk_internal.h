#pragma once
// Behind ScoredColumns: the packed items, and the scan of a block of queries over them.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "math/aligned.h"
#include "math/kernels.h"
#include "math/topk.h"

namespace coterie::math {

// A block of queries stays in the second-level cache with its candidates.
inline constexpr int kBlockQueries = 8 * kFilterRows;
// Covers the rounding of the norms and of the product's d multiply-adds.
inline constexpr float kBoundSlack = 1.0001F;

struct PackedColumns {
  int d = 0;
  int even_d = 0;                       // d rounded up, for pairs of bfloat16
  std::vector<int32_t> ids;             // position in the packed order -> column
  std::vector<int32_t> positions;       // column -> position, -1 = not allowed
  AlignedVector<float> panels;          // ceil(size / kPanelWidth) × d × kPanelWidth
  std::vector<float> panel_norms;       // largest norm in each panel: falling
  std::vector<float> rows;              // size × d, packed order; only with bf16_panels
  AlignedVector<uint16_t> bf16_panels;  // panels × even_d/2 × kPanelWidth × 2, or empty

  int64_t size() const { return static_cast<int64_t>(ids.size()); }
  int64_t panel_count() const { return static_cast<int64_t>(panel_norms.size()); }
  int columns_of(int64_t panel) const {
    return static_cast<int>(std::min<int64_t>(kPanelWidth, size() - panel * kPanelWidth));
  }
  const float* panel(int64_t p) const { return panels.data() + p * kPanelWidth * d; }
};

// Which columns each query of a block leaves out: 32 bits a panel and query, so that the kernel
// drops them before they are candidates. Not thread-safe.
class ExcludedMasks {
 public:
  ExcludedMasks(const PackedColumns& columns, int queries)
      : columns_(columns),
        queries_(queries),
        masks_(static_cast<size_t>(columns.panel_count()) * queries, 0) {}

  // Forgets what was added; O(added).
  void clear();
  // Ids that are no columns are passed over.
  void add(int query, std::span<const int32_t> ids);
  // By query.
  const uint32_t* of_panel(int64_t panel) const { return masks_.data() + panel * queries_; }

 private:
  const PackedColumns& columns_;
  int64_t queries_;
  std::vector<uint32_t> masks_;  // panels × queries
  std::vector<int64_t> touched_;
};

// A type, so that the standard algorithms inline it.
struct Better {
  bool operator()(const Candidate& a, const Candidate& b) const {
    return a.score != b.score ? a.score > b.score : a.column < b.column;
  }
};
inline constexpr Better kBetter;

// By kBetter. O(n).
void sort_candidates(std::vector<Candidate>& list);

// Sorts, cuts to k and writes list `row`. Columns are real ids.
void write_list(std::vector<Candidate>& best, int64_t row, TopK& out);

// Finds the lists of up to kBlockQueries queries at a time. One a worker.
class BlockScan {
 public:
  virtual ~BlockScan() = default;
  // queries: count × d, the first being query number `first`, whose list is out's `first`.
  virtual void run(const float* queries, int64_t first, int count,
                   const ScoredColumns::Excluded& excluded, TopK& out) = 0;
};
// `queries`: the most that run() is given at once.
std::unique_ptr<BlockScan> make_float_scan(const PackedColumns& columns, int k, int queries);
// Null where products of bfloat16 are not to be had or not worth it.
std::unique_ptr<BlockScan> make_bf16_scan(const PackedColumns& columns, int k, int queries);

// Asks for 1/parts of the panel that comes after `panel`: it arrives while tiles compute.
template <typename T>
void prefetch_part(const T* panel, int64_t bytes, int part, int parts) {
  constexpr int64_t kLine = 64;
  const auto* memory = reinterpret_cast<const char*>(panel);
  const int64_t begin = bytes * part / parts / kLine * kLine;
  const int64_t end = bytes * (part + 1) / parts;
  for (int64_t i = begin; i < end; i += kLine) __builtin_prefetch(memory + i);
}

}  // namespace coterie::math
