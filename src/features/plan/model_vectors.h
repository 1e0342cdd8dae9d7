#pragma once
// Vectors that a trained model has for entities, as values of features.
//
// A vector knows what happened until its model's `trained_until`: before that moment it is not
// visible, so that no training set looks ahead. It reaches features as any row does: an entity has
// one event, at trained_until, that says which row of the matrix is its own. So snapshots,
// point-in-time sets and online reads agree on vectors by what makes them agree on everything else.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "features/plan/source_schema.h"

namespace coterie::features {

struct ModelVectors {
  std::string id;          // "cf/v3"
  std::string dictionary;  // row i belongs to the entity with code i of it
  Micros trained_until = 0;
  int width = 0;
  std::vector<float> values;  // rows × width, row-major

  int64_t rows() const { return width == 0 ? 0 : static_cast<int64_t>(values.size()) / width; }
  // Empty where there is none: codes behind the model's, and rows of zeros, of whom it learned
  // nothing.
  std::span<const float> of(int64_t row) const;
};

// By `model` of a feature's definition and the name of its entity.
using ModelVectorSet =
    std::map<std::pair<std::string, std::string>, std::shared_ptr<const ModelVectors>, std::less<>>;

// The columns of the events: the join key, kVectorRow and kTrainedUntil.
inline constexpr const char* kVectorRow = "vector_row";
inline constexpr const char* kTrainedUntil = "trained_until";
SourceSchema vectors_schema(const ModelVectors& vectors, const std::string& join_key);

}  // namespace coterie::features
