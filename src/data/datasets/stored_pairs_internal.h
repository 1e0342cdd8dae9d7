#pragma once
// The rows of dataset A as the last build left them, moved on to today.

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "data/datasets/builder_internal.h"
#include "data/datasets/pair_rows_internal.h"
#include "data/engine/engine.h"

namespace coterie::data {

// Reads ranges of customers, several at the same time. `builder` outlives it.
class StoredPairs {
 public:
  // `changed`, by customer and article: pairs as they are now.
  StoredPairs(DatasetBuilder& builder, std::vector<PairRow> changed);

  // Calls `row` for the pairs of customers [first, end) by customer and article: the changed ones,
  // and all others older by the days that have passed since the last build (recency grows, the
  // score decays).
  Status for_each(int64_t first, int64_t end, const std::function<void(const PairRow&)>& row);

 private:
  // Memory that is used again: the engine and the allocator give it back only to fetch it anew.
  struct Reader {
    Connection connection;
    std::vector<PairRow> rows;
  };
  Result<Reader> take_reader();
  Status read(Reader& reader, int64_t first, int64_t end) const;

  DatasetBuilder& builder_;
  std::vector<PairRow> changed_;
  int32_t days_;
  double decay_;
  std::mutex mutex_;
  std::vector<Reader> idle_;
};

}  // namespace coterie::data
