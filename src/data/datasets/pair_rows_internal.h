#pragma once
// Rows of dataset A in memory, and their way into its columns.

#include <cstdint>
#include <vector>

#include "data/datasets/facts_internal.h"
#include "data/parquet/parquet_file.h"

namespace coterie::data {

inline constexpr int32_t kNoDay = INT32_MIN;

// A pair of customer and article, as the table has it.
struct PairRow {
  int32_t customer;
  int32_t article;
  int64_t purchases;
  int64_t spent;                               // minor units; parquet::kNullInteger: no prices
  int32_t first_bought, last_bought, recency;  // kNoDay: null
  double score;
  int64_t engagement;  // in units of 10^-6

  uint64_t key() const {
    return uint64_t{static_cast<uint32_t>(customer)} << 32 | static_cast<uint32_t>(article);
  }
};

// `columns`: those of dataset_a_info(), in order. `names`: by article, the code of its name;
// INT32_MIN: none.
void add_pair(const PairRow& row, const std::vector<int32_t>& names,
              std::vector<parquet::Column>& columns);

}  // namespace coterie::data
