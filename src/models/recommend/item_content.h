#pragma once
// What items are like, apart from who met them: the raw columns of a catalogue, and the same as
// vectors of which cosines say how alike two items are.
//
// Each column is a block of its own. In a block every item has a vector of norm 1, or none where
// the cell is missing:
//   name, description  TF-IDF of the words (text/tf_idf.h)
//   category           paths 'Women > Shirts', several divided by '|': an element for every prefix
//                      of every path, so that near relatives share more than far ones
//   attribute, colour  one-hot
//   price              bumps of ln(price) on a grid, whose cosine is that of two prices apart by Δ:
//                      exp(-Δ² / (2 s²)) with s half the standard deviation over the catalogue
//   age                the same of the number as it is
//   embedding          the vector given, divided by its norm

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "math/sparse.h"

namespace coterie::recommend {

enum class ContentKind {
  kName,
  kDescription,
  kCategory,
  kAttribute,
  kColour,
  kPrice,
  kAge,
  kEmbedding
};
// "name", ..., "embedding", in the order of ContentKind.
const std::vector<std::string>& content_kind_names();

// One column of the catalogue, a cell an item.
struct ContentColumn {
  ContentKind kind = ContentKind::kAttribute;
  std::string name;  // for messages
  int32_t items = 0;
  std::vector<std::string> texts;  // name to colour; "" = missing
  std::vector<double> numbers;     // price, age: NaN = missing; so is a price that is not > 0
  int dimensions = 0;              // embedding
  std::vector<float> embeddings;   // items × dimensions, row-major; all 0 = missing
};

struct ItemContent {
  int32_t items = 0;
  std::vector<ContentColumn> columns;
};

// A column of `items` missing cells.
ContentColumn empty_column(ContentKind kind, std::string name, int32_t items);
// A cell from its text as tables show it: "12.5", "[0.1, -2]". "" is missing. kInvalidInput for a
// price or age that is no number and for an embedding that is no list of finite numbers or of
// another length than the first.
Status set_cell(ContentColumn& column, int32_t item, std::string_view text);

struct ContentBlock {
  ContentKind kind = ContentKind::kAttribute;
  std::string name;
  math::Csr sparse;          // items × elements, values > 0; 0 × 0 for an embedding
  int dimensions = 0;        // of an embedding
  std::vector<float> dense;  // items × dimensions
};

struct ContentBlocks {
  int32_t items = 0;
  std::vector<ContentBlock> blocks;  // of columns that tell items apart; maybe none
  bool has(ContentKind kind) const;
};

// Errors kInvalidInput: a column with another number of cells than there are items, an embedding
// that is not finite.
Result<std::shared_ptr<const ContentBlocks>> encode_content(const ItemContent& content);

}  // namespace coterie::recommend
