#pragma once
// What is known of users and items beside who met what: rows = users (items), columns = features,
// value = how much of the feature (finite; 1 for one that is there or not). A column means the same
// in every matrix that is given to one model.
//
// Rows go by the codes of the interactions. Users beyond them are newcomers, served from their
// features; items without interactions as well. No columns: nothing is known of that side.

#include <cstdint>

#include "base/result.h"
#include "math/artefact.h"
#include "math/sparse.h"

namespace coterie::recommend {

struct FeatureMatrices {
  math::Csr users;
  math::Csr items;

  bool has_users() const { return users.cols > 0; }
  bool has_items() const { return items.cols > 0; }
};

// kInvalidInput unless values are finite and the rows are at least `users`, and at least `items`,
// where the side has columns at all.
Status check_features(const FeatureMatrices& features, int32_t users, int32_t items);

// As tensors of an artefact, and back (kCorrupt).
void write_features(const FeatureMatrices& features, math::Artefact& artefact);
Result<FeatureMatrices> read_features(const math::Artefact& artefact);

}  // namespace coterie::recommend
