#pragma once
// Files of user, item[, value[, time]] for the laboratory: CSV and TSV (also .gz, .zst), Parquet.
// With a header the columns are found by name (user, user_id, customer_id, item, item_id,
// article_id, value, rating, weight, time, timestamp), otherwise by position.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"

namespace coterie::lab {

// External id <-> dense code, in order of first appearance.
struct Codes {
  std::vector<std::string> ids;
  std::unordered_map<std::string, int32_t> codes;
  int32_t code_of(std::string id);
};

struct Interactions {
  std::vector<int32_t> users, items;
  std::vector<float> values;  // 1 where the file has no value column
};

// Appends new ids to `users` and `items`. Errors: kNotFound, kInvalidInput naming file and row for
// a missing id, a value that is not a finite number greater than 0, a file without two columns.
Result<Interactions> read_interactions(data::Connection& connection, const std::string& path,
                                       Codes& users, Codes& items);

// The SQL that reads a file by its extension: kInvalidInput for others than csv, tsv, txt, parquet.
Result<std::string> scan_of(const std::string& path);
// ` (FORMAT ...)` of a COPY to this file, by its extension.
Result<std::string> copy_format_of(const std::string& path);

}  // namespace coterie::lab
