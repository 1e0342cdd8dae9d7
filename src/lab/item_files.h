#pragma once
// Files of what items are like, for the laboratory: a row an item, columns found by their names,
// whatever their order:
//
//   item         item, item_id, itemid, article, article_id, product, product_id
//   name         name, title, product_name            price  price
//   description  description, detail_desc, text       age    age, age_days, year, date, created_at
//   category     category, category_path, genre(s)    colour colour, color, colour_group_name
//   embedding    any list of numbers, or such a list as text under embedding or vector
//   attribute    every other column of texts of which at most half differ
//
// What they mean is said in models/recommend/item_content.h. Other columns are left out. Ids are
// texts, character by character those of the files of interactions; ages may be dates as in
// 2024-01-31. Text files are divided at whichever of , ; tab | their header has (.tsv: at tabs).

#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "models/recommend/item_content.h"

namespace coterie::lab {

struct ItemFile {
  std::vector<std::string> ids;    // in the order of the file
  recommend::ItemContent content;  // by row
};

// Errors: kNotFound; kInvalidInput naming file, line (row in Parquet) and column: no column of
// items, no rows, a line that is damaged or of another width than the header, an id that is missing
// or there twice, a price or embedding that is none.
Result<ItemFile> read_items(data::Connection& connection, const std::string& path);

// The content under other codes: item i of the result is the file's row rows[i], or nothing is
// known about it where that is -1.
recommend::ItemContent reordered(const recommend::ItemContent& content,
                                 const std::vector<int32_t>& rows);

}  // namespace coterie::lab
