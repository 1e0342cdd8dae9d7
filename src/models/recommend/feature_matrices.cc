#include "models/recommend/feature_matrices.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "models/recommend/history_internal.h"

namespace coterie::recommend {
namespace {

Status check_side(const math::Csr& features, int32_t needed, const char* what) {
  if (features.cols == 0) return {};
  if (features.rows < needed) {
    return invalid_input(fmt::format("the features describe {} {}, there are {}", features.rows,
                                     what, needed))
        .with_mend("give every one of them a row, an empty one where nothing is known");
  }
  for (int32_t row = 0; row < features.rows; ++row) {
    const auto values = features.row_values(row);
    const auto wrong =
        std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
    if (wrong == values.end()) continue;
    return invalid_input(fmt::format("feature {} of {} {} has value {}: it must be finite",
                                     features.row_indices(row)[wrong - values.begin()], what, row,
                                     *wrong));
  }
  return {};
}

void write_side(const math::Csr& matrix, const std::string& side, math::Artefact& artefact) {
  if (matrix.cols == 0) return;
  const auto entries = static_cast<int64_t>(matrix.indices.size());
  artefact.description[side + "_features"] = matrix.cols;
  artefact.tensors.add(side + "_feature_offsets", {int64_t{matrix.rows} + 1},
                       std::span<const int64_t>(matrix.offsets));
  artefact.tensors.add(side + "_feature_columns", {entries},
                       std::span<const int32_t>(matrix.indices));
  artefact.tensors.add(side + "_feature_values", {entries}, std::span<const float>(matrix.values));
}

Result<math::Csr> read_side(const math::Artefact& artefact, const std::string& side) {
  math::Csr matrix;
  if (!artefact.description.contains(side + "_features")) return matrix;
  ASSIGN_OR_RETURN(const int64_t columns, artefact.integer(side + "_features"));
  ASSIGN_OR_RETURN(matrix.offsets, artefact.tensors.longs(side + "_feature_offsets", {-1}));
  ASSIGN_OR_RETURN(matrix.indices, artefact.tensors.ints(side + "_feature_columns", {-1}));
  const auto entries = static_cast<int64_t>(matrix.indices.size());
  ASSIGN_OR_RETURN(matrix.values, artefact.floats(side + "_feature_values", {entries}));
  RETURN_IF_ERROR(check_offsets(matrix.offsets, entries));
  const bool inside = std::all_of(matrix.indices.begin(), matrix.indices.end(),
                                  [&](int32_t column) { return column >= 0 && column < columns; });
  if (columns < 1 || columns > INT32_MAX || !inside) {
    return corrupt(fmt::format("{}_feature_columns: a column is out of range", side));
  }
  matrix.rows = static_cast<int32_t>(matrix.offsets.size()) - 1;
  matrix.cols = static_cast<int32_t>(columns);
  return matrix;
}

}  // namespace

Status check_features(const FeatureMatrices& features, int32_t users, int32_t items) {
  RETURN_IF_ERROR(check_side(features.users, users, "users"));
  return check_side(features.items, items, "items");
}

void write_features(const FeatureMatrices& features, math::Artefact& artefact) {
  write_side(features.users, "user", artefact);
  write_side(features.items, "item", artefact);
}

Result<FeatureMatrices> read_features(const math::Artefact& artefact) {
  FeatureMatrices features;
  ASSIGN_OR_RETURN(features.users, read_side(artefact, "user"));
  ASSIGN_OR_RETURN(features.items, read_side(artefact, "item"));
  return features;
}

}  // namespace coterie::recommend
