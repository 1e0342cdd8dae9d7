#pragma once
// The numeric columns of a file as rows for a clusterer.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "models/segment/clusterer.h"

namespace coterie::lab {

struct SegmentRows {
  std::vector<std::string> columns;
  std::vector<std::string> left_out_ids;    // whole numbers, all different, named like an id
  std::vector<std::string> left_out_texts;  // columns that hold no numbers
  std::vector<float> values;                // rows × columns
  std::vector<int32_t> truth;               // rows, if asked for
  int64_t count = 0;
  segment::Table table() const { return {values, count, static_cast<int>(columns.size())}; }
};

// Every numeric column but ids; `truth`, if not empty, names a column of known labels. Errors:
// kNotFound; kInvalidInput naming file, line (row in Parquet) and column: a value that is missing,
// not finite or beyond single precision, a word in a column that is mostly numbers, no numeric
// column, no rows.
Result<SegmentRows> read_segment_rows(data::Connection& connection, const std::string& path,
                                      const std::string& truth);

// Centres to start from (row-major): a row each, under the same column names in any order. Errors
// as above, and kInvalidInput for a column that one side lacks.
Result<std::vector<float>> read_centres(data::Connection& connection, const std::string& path,
                                        const std::vector<std::string>& columns);

}  // namespace coterie::lab
