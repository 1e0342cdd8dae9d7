#include "math/sparse.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace coterie::math {
namespace {

constexpr int64_t kRowGrain = 4096;

Status check_entries(int32_t rows, int32_t cols, std::span<const int32_t> row_ids,
                     std::span<const int32_t> col_ids, std::span<const float> values) {
  if (rows < 0 || cols < 0) return invalid_input("a matrix cannot have a negative size");
  if (row_ids.size() != col_ids.size() || row_ids.size() != values.size()) {
    return invalid_input(fmt::format("{} rows, {} columns and {} values do not make entries",
                                     row_ids.size(), col_ids.size(), values.size()));
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (row_ids[i] < 0 || row_ids[i] >= rows || col_ids[i] < 0 || col_ids[i] >= cols) {
      return invalid_input(fmt::format("entry {} is at ({}, {}), outside of {} x {}", i, row_ids[i],
                                       col_ids[i], rows, cols));
    }
    if (!std::isfinite(values[i])) {
      return invalid_input(
          fmt::format("entry {} at ({}, {}) is not a finite number", i, row_ids[i], col_ids[i]));
    }
  }
  return {};
}

// Stable counting sort: positions of entries, grouped by key, in input order inside a group.
struct Grouping {
  std::vector<int64_t> offsets;  // groups + 1
  std::vector<int64_t> order;    // entries
};

Grouping group_by(int32_t groups, std::span<const int32_t> keys) {
  Grouping grouping;
  grouping.offsets.assign(static_cast<size_t>(groups) + 1, 0);
  for (const int32_t key : keys) ++grouping.offsets[key + 1];
  std::partial_sum(grouping.offsets.begin(), grouping.offsets.end(), grouping.offsets.begin());
  std::vector<int64_t> next(grouping.offsets.begin(), grouping.offsets.end() - 1);
  grouping.order.resize(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    grouping.order[next[keys[i]]++] = static_cast<int64_t>(i);
  }
  return grouping;
}

// Sorts one row's entries by column and sums duplicates in input order; returns what is left.
int64_t merge_row(std::span<const int32_t> cols, std::span<const float> values,
                  std::span<int64_t> order, int32_t* out_cols, float* out_values) {
  // Equal columns keep input order because positions ascend within a group.
  std::sort(order.begin(), order.end(),
            [&](int64_t a, int64_t b) { return cols[a] != cols[b] ? cols[a] < cols[b] : a < b; });
  int64_t kept = 0;
  for (const int64_t entry : order) {
    if (kept > 0 && out_cols[kept - 1] == cols[entry]) {
      out_values[kept - 1] += values[entry];
    } else {
      out_cols[kept] = cols[entry];
      out_values[kept++] = values[entry];
    }
  }
  return kept;
}

}  // namespace

Result<Csr> csr_from_entries(int32_t rows, int32_t cols, std::span<const int32_t> row_ids,
                             std::span<const int32_t> col_ids, std::span<const float> values,
                             ThreadPool& pool) {
  RETURN_IF_ERROR(check_entries(rows, cols, row_ids, col_ids, values));
  Grouping grouping = group_by(rows, row_ids);
  Csr raw;
  raw.indices.resize(values.size());
  raw.values.resize(values.size());
  std::vector<int64_t> kept(static_cast<size_t>(rows), 0);
  pool.parallel_for(rows, kRowGrain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t first = grouping.offsets[row];
      const size_t count = static_cast<size_t>(grouping.offsets[row + 1] - first);
      kept[row] = merge_row(col_ids, values, std::span(grouping.order.data() + first, count),
                            raw.indices.data() + first, raw.values.data() + first);
    }
  });
  Csr matrix;
  matrix.rows = rows;
  matrix.cols = cols;
  matrix.offsets.assign(static_cast<size_t>(rows) + 1, 0);
  std::partial_sum(kept.begin(), kept.end(), matrix.offsets.begin() + 1);
  if (matrix.entries() == static_cast<int64_t>(values.size())) {
    matrix.indices = std::move(raw.indices);
    matrix.values = std::move(raw.values);
    return matrix;
  }
  matrix.indices.resize(static_cast<size_t>(matrix.entries()));
  matrix.values.resize(static_cast<size_t>(matrix.entries()));
  pool.parallel_for(rows, kRowGrain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t from = grouping.offsets[row];
      std::copy_n(raw.indices.begin() + from, kept[row],
                  matrix.indices.begin() + matrix.offsets[row]);
      std::copy_n(raw.values.begin() + from, kept[row],
                  matrix.values.begin() + matrix.offsets[row]);
    }
  });
  return matrix;
}

Csr transpose(const Csr& matrix, ThreadPool& pool) {
  const Grouping grouping = group_by(matrix.cols, matrix.indices);
  std::vector<int32_t> row_of(matrix.indices.size());
  pool.parallel_for(matrix.rows, kRowGrain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      std::fill(row_of.begin() + matrix.offsets[row], row_of.begin() + matrix.offsets[row + 1],
                static_cast<int32_t>(row));
    }
  });
  Csr result;
  result.rows = matrix.cols;
  result.cols = matrix.rows;
  result.offsets = grouping.offsets;
  result.indices.resize(matrix.indices.size());
  result.values.resize(matrix.values.size());
  pool.parallel_for(matrix.entries(), int64_t{1} << 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t entry = grouping.order[i];
      result.indices[i] = row_of[entry];
      result.values[i] = matrix.values[entry];
    }
  });
  return result;
}

Csr leave_out(const Csr& matrix, std::span<const uint8_t> dropped) {
  Csr result;
  result.rows = matrix.rows;
  result.cols = matrix.cols;
  result.offsets.reserve(matrix.offsets.size());
  result.offsets.push_back(0);
  for (int32_t row = 0; row < matrix.rows; ++row) {
    for (int64_t i = matrix.offsets[row]; i < matrix.offsets[row + 1]; ++i) {
      if (dropped[i] != 0) continue;
      result.indices.push_back(matrix.indices[i]);
      result.values.push_back(matrix.values[i]);
    }
    result.offsets.push_back(static_cast<int64_t>(result.indices.size()));
  }
  return result;
}

}  // namespace coterie::math
