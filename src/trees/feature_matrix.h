#pragma once
// What trees read: a dense row-major n × d matrix of floats, NaN = missing, and what its columns
// are called. A categorical column holds whole numbers 0 .. 2^24 - 1.

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace coterie::trees {

// A view; the values are the caller's and must outlive it.
struct FeatureMatrix {
  std::span<const float> values;  // rows × columns
  int64_t rows = 0;
  int columns = 0;

  std::span<const float> row(int64_t index) const {
    return values.subspan(static_cast<size_t>(index) * columns, static_cast<size_t>(columns));
  }
};

struct FeatureColumn {
  std::string name;
  bool categorical = false;
  bool operator==(const FeatureColumn&) const = default;
};

// kInvalidInput for a size that is not rows × columns, for names that are not one a column, empty
// or repeated, and, naming row and column, for infinite values and for categories that are not
// whole numbers in range. One pass over the values.
Status check_matrix(const FeatureMatrix& matrix, const std::vector<FeatureColumn>& columns);

}  // namespace coterie::trees
