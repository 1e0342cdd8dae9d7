#pragma once
// Vectors of items, sparse and dense parts side by side, and exact products with all of them.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "math/artefact.h"
#include "math/packed_rows.h"
#include "math/sparse.h"
#include "models/recommend/item_content.h"
#include "models/recommend/similarity_internal.h"

namespace coterie::recommend {

struct ContentVectors {
  math::Csr sparse;          // items × elements, values > 0
  int dimensions = 0;        // of the dense part
  std::vector<float> dense;  // items × dimensions
};

// Blocks of weight 0 are left out; every vector has norm 1, or is 0 where an item has no content.
ContentVectors combine_blocks(const ContentBlocks& blocks, std::span<const double> weights);

// As tensors "element_offsets", "elements", "element_values" and "dense".
void add_vectors(const ContentVectors& vectors, math::Artefact& artefact);
Result<ContentVectors> read_vectors(const math::Artefact& artefact, int64_t items);

// Immutable after construction, thread-safe.
class ContentIndex {
 public:
  ContentIndex(ContentVectors vectors, ThreadPool& pool);

  int32_t items() const { return vectors_.sparse.rows; }
  const ContentVectors& vectors() const { return vectors_; }
  bool has_content(int32_t item) const;

  // Sums of item vectors, a block of them at a time. One a thread.
  class Block {
   public:
    explicit Block(const ContentIndex& index);
    // Begins `count` sums, all 0.
    void begin(int64_t count);
    void add(int64_t row, int32_t item, float weight);
    // Divides the sum by its norm. False, and a sum of 0, where it has none.
    bool finish(int64_t row);
    // out: count × items, row-major: the products with every item's vector.
    void multiply(float* out) const;

   private:
    struct Element {
      int32_t id;
      float weight;
    };
    const ContentIndex& index_;
    std::vector<float> sums_;  // by element, of the row being added up
    std::vector<int32_t> touched_;
    std::vector<std::vector<Element>> rows_;
    std::vector<float> dense_;  // count × dense dimensions
    int64_t count_ = 0;
  };

 private:
  int width() const { return vectors_.dimensions + frequent_; }

  ContentVectors vectors_;
  // Elements that many items have become dimensions of the dense part.
  std::vector<int32_t> dimension_of_;  // by element; -1: sparse
  int frequent_ = 0;
  math::PackedRows tiles_;
  Postings lists_;  // items by element; empty for frequent ones
};

}  // namespace coterie::recommend
