#pragma once
// Similarities of one row to all rows of a matrix, by walking the columns it has.

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "base/threads.h"
#include "math/row_select.h"
#include "math/sparse.h"
#include "models/recommend/similarity.h"

namespace coterie::recommend {

// Index and value side by side: one stream of memory instead of two.
struct Posting {
  int32_t id;
  float weight;
};
struct Postings {
  std::vector<int64_t> offsets;
  std::vector<Posting> entries;
  std::span<const Posting> row(int32_t r) const {
    return {entries.data() + offsets[r], static_cast<size_t>(offsets[r + 1] - offsets[r])};
  }
};
Postings postings_of(const math::Csr& matrix);

// Sums by id. All weights are greater than 0. One a thread.
class SparseScores {
 public:
  explicit SparseScores(int32_t ids)
      : sums_(static_cast<size_t>(ids), 0.0F), touched_(static_cast<size_t>(ids) + 1) {}

  // Before the first add(): how many postings will come. Where that is more than the ids, looking
  // at all of them in the end is cheaper than keeping those that were met.
  void expect(int64_t postings) { dense_ = postings > static_cast<int64_t>(sums_.size()); }

  void add(std::span<const Posting> postings, float weight) {
    if (dense_) {
      float* sums = sums_.data();
      for (const Posting& posting : postings) sums[posting.id] += weight * posting.weight;
      return;
    }
    add_few(postings, weight);
  }
  // Of an id that is not to be taken.
  void forget(int32_t id) { sums_[id] = 0; }
  // Calls visit(id, sum) for every sum that is not 0 and clears it. What is expected next: few.
  template <typename Visit>
  void take(const Visit& visit) {
    const int64_t count = dense_ ? static_cast<int64_t>(sums_.size()) : count_;
    for (int64_t i = 0; i < count; ++i) {
      const int32_t id = dense_ ? static_cast<int32_t>(i) : touched_[i];
      const float sum = sums_[id];
      sums_[id] = 0;
      if (sum != 0) visit(id, sum);
    }
    count_ = 0;
    dense_ = false;
  }

 private:
  void add_few(std::span<const Posting> postings, float weight) {
    float* sums = sums_.data();
    int32_t* touched = touched_.data();
    int64_t count = count_;
    for (const Posting& posting : postings) {
      // Without a branch: a new id is kept, one seen before is overwritten by the next.
      touched[count] = posting.id;
      const float sum = sums[posting.id];
      count += std::bit_cast<uint32_t>(sum) == 0 ? 1 : 0;
      sums[posting.id] = sum + weight * posting.weight;
    }
    count_ = count;
  }

  std::vector<float> sums_;
  std::vector<int32_t> touched_;
  int64_t count_ = 0;
  bool dense_ = false;
};

struct WeightedRow {
  std::span<const int32_t> columns;
  std::span<const float> weights;
  float size = 0;
  int32_t itself = -1;  // row that is not its own neighbour; -1: none
};

// Immutable after construction, thread-safe.
class RowSimilarity {
 public:
  // `rows`: values > 0.
  RowSimilarity(const math::Csr& rows, const SimilarityOptions& options, ThreadPool& pool);
  // Plain products of rows a and b, times lifts[b] / lifts[a]; a row with itself included.
  RowSimilarity(math::Csr rows, std::vector<float> lifts, ThreadPool& pool);

  int32_t rows() const { return rows_; }
  WeightedRow row(int32_t index) const;
  // Weights of a row that need not be one of the matrix; returns its size for WeightedRow.
  float weigh(std::span<const int32_t> columns, std::span<const float> values, float* out) const;
  // The `count` rows most like `row`, in any order. `scores` has rows() ids.
  void nearest(const WeightedRow& row, int count, SparseScores& scores,
               std::vector<math::Candidate>& out) const;

 private:
  void weigh_columns(const math::Csr& rows);
  float lift_of(float size) const;  // norm^asymmetry

  SimilarityOptions options_;
  bool products_ = false;
  int32_t rows_;
  double mean_length_ = 0;
  std::vector<float> importance_;  // of columns
  math::Csr weighted_;
  std::vector<float> sizes_;  // 1 / norm; jaccard: entries
  std::vector<float> lifts_;
  Postings columns_;  // of the weighted matrix
};

}  // namespace coterie::recommend
