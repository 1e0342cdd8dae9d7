#pragma once
// Compressed sparse rows. Rows are users, columns items; inside a row columns ascend and are
// unique. float32 values, int64 row offsets: 2^31 columns and any number of entries.

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"

namespace coterie::math {

struct Csr {
  int32_t rows = 0;
  int32_t cols = 0;
  std::vector<int64_t> offsets;  // rows + 1
  std::vector<int32_t> indices;  // offsets[rows]
  std::vector<float> values;     // as long as indices

  int64_t entries() const { return offsets.empty() ? 0 : offsets.back(); }
  std::span<const int32_t> row_indices(int32_t row) const {
    return {indices.data() + offsets[row], static_cast<size_t>(offsets[row + 1] - offsets[row])};
  }
  std::span<const float> row_values(int32_t row) const {
    return {values.data() + offsets[row], static_cast<size_t>(offsets[row + 1] - offsets[row])};
  }
};

// (row, col, value) entries in any order; duplicates are summed in input order, so the result does
// not depend on the number of threads. Errors: kInvalidInput for an index out of range or a value
// that is not finite. O(entries + rows + cols).
Result<Csr> csr_from_entries(int32_t rows, int32_t cols, std::span<const int32_t> row_ids,
                             std::span<const int32_t> col_ids, std::span<const float> values,
                             ThreadPool& pool);
Csr transpose(const Csr& matrix, ThreadPool& pool);
// The matrix without the entries whose byte in `dropped` (as many as entries) is not 0.
Csr leave_out(const Csr& matrix, std::span<const uint8_t> dropped);

}  // namespace coterie::math
