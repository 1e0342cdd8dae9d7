#pragma once
// Files without a header line: what their columns hold, told by the values alone.

#include <string>

#include "base/result.h"
#include "data/infer/table_profile.h"

namespace coterie::data {

// Gives the columns of a table without a header names that say what their values look like, so
// that they can be matched like any others, and renames them in the sample:
//   user_id, item_id, rating, created_at  lines of who, what, how much and when (the last two may
//                                         be missing): two repeating ids, then a short scale, then
//                                         a time
//   user_id | item_id, title              a unique first column in a file named after its rows
// Columns that nothing is known of become c1, c2, … by their place.
Status name_columns_by_values(Connection& connection, TableProfile& table);

// Whether a first line is one of names: at least half of its cells, and two, are names that some
// role's columns go by.
bool looks_like_header(const std::string& line, const std::string& delimiter);

}  // namespace coterie::data
