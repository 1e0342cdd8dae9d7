#include "trees/feature_matrix.h"

#include <unordered_set>

#include <fmt/format.h>

namespace coterie::trees {
namespace {

constexpr float kCategories = 16777216.0F;  // beyond it floats are not all whole numbers

Status check_columns(const FeatureMatrix& matrix, const std::vector<FeatureColumn>& columns) {
  if (columns.size() != static_cast<size_t>(matrix.columns)) {
    return invalid_input(
        fmt::format("{} names for {} columns of features", columns.size(), matrix.columns));
  }
  std::unordered_set<std::string_view> seen;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name.empty()) {
      return invalid_input(fmt::format("feature {} has no name", i));
    }
    if (!seen.insert(columns[i].name).second) {
      return invalid_input(fmt::format("two features are called '{}'", columns[i].name));
    }
  }
  return {};
}

std::string_view fault(float value, bool categorical) {
  if (std::isnan(value)) return "";
  if (std::isinf(value)) return "is infinite";
  if (!categorical) return "";
  if (value < 0 || value >= kCategories || value != std::floor(value)) {
    return "is no category: a whole number from 0 to 16777215";
  }
  return "";
}

}  // namespace

Status check_matrix(const FeatureMatrix& matrix, const std::vector<FeatureColumn>& columns) {
  if (matrix.rows < 0 || matrix.columns < 0 ||
      matrix.values.size() != static_cast<size_t>(matrix.rows) * matrix.columns) {
    return invalid_input(fmt::format("{} values are not {} rows of {} features",
                                     matrix.values.size(), matrix.rows, matrix.columns));
  }
  RETURN_IF_ERROR(check_columns(matrix, columns));
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const auto values = matrix.row(row);
    for (int column = 0; column < matrix.columns; ++column) {
      const std::string_view wrong = fault(values[column], columns[column].categorical);
      if (wrong.empty()) continue;
      return invalid_input(fmt::format("row {}, feature '{}': {} {}", row, columns[column].name,
                                       values[column], wrong))
          .with_mend("write NaN for what is not known");
    }
  }
  return {};
}

}  // namespace coterie::trees
