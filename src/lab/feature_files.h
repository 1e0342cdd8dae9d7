#pragma once
// Files of what is known of users or items, as features that are there or not.
//
// The first line (Parquet: the schema) names the columns; the id column is found by its name as in
// lab/interaction_files.h, and ids are what they are there, blanks and all. Every other column
// becomes features:
//   numbers of at most 32 different values, and text: one feature a value; text may hold several
//     values between |, each of which then counts one n-th;
//   other numbers: 16 bins that hold about as many rows each.
// Cells may be empty. Values that only one row has say nothing of others and are left out.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "data/engine/engine.h"
#include "lab/interaction_files.h"
#include "math/sparse.h"

namespace coterie::lab {

// Which names an id column may have.
enum class FeatureSide { kUsers, kItems };

struct FeatureRows {
  std::vector<int32_t> ids;            // codes of all ids of the file that are known
  std::vector<int32_t> rows, columns;  // entries: code of the id, feature
  std::vector<float> values;
  std::vector<std::string> names;  // of features: "genre=Comedy", "price<=19.5"
};

// Ids that `codes` does not know are added to it (kItems) or left out (kUsers). Errors: kNotFound;
// kInvalidInput naming file, line (row in Parquet) and column: an id that is missing or repeated,
// no column of ids or none beside it, no rows, a line that is damaged or of another width.
Result<FeatureRows> read_features(data::Connection& connection, const std::string& path,
                                  FeatureSide side, Codes& codes);

}  // namespace coterie::lab
