#pragma once
// Files of user, item[, value[, time]] for the laboratory: CSV, TSV and text (also .gz, .zst) and
// Parquet.
//
// With a header the columns are found by name, whatever their order:
//   user   user, user_id, userid, customer, customer_id      item  item, item_id, itemid, article,
//   value  value, rating, weight, count, quantity                  article_id, product, product_id
//   time   time, timestamp, ts, date, datetime, created_at
// otherwise by position. A first line without names and without any digit above lines of numbers
// is a header too. Text files are split at whichever of , ; tab | :: or blank their first line has
// (.tsv: at tabs).
//
// A value is a finite number greater than 0. Times are whole numbers of any unit (a fraction is cut
// off) or dates as in 2024-01-31 or 2024-01-31 09:05:00: only their order matters.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text_map.h"
#include "data/engine/engine.h"

namespace coterie::lab {

// External id <-> dense code, in order of first appearance.
struct Codes {
  std::vector<std::string> ids;
  TextMap<int32_t> codes;
  int32_t code_of(std::string_view id);
};

struct Interactions {
  std::vector<int32_t> users, items;
  std::vector<float> values;   // 1 where the file has no value column
  std::vector<int64_t> times;  // empty without a time column; dates are microseconds
  bool dates = false;
};

// Appends new ids to `users` and `items`. Errors: kNotFound; kInvalidInput naming file, line (row
// in Parquet) and column for a missing id, a wrong value or time, a line that is damaged, a file
// with fewer than two columns or no rows.
Result<Interactions> read_interactions(data::Connection& connection, const std::string& path,
                                       Codes& users, Codes& items);

}  // namespace coterie::lab
