#pragma once
// The rows of a spine on their way in: each thread reads its chunks to the places of their rows,
// and codes texts by itself; join_parts() gives them one coding.

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/engine/chunk.h"
#include "data/parquet/text_codes.h"
#include "features/offline/spine.h"

namespace coterie::features {

// What the rows say of one entity, where no column of texts says it already.
struct KeyTexts {
  parquet::TextCodes texts;         // entity_key() of its join keys
  std::vector<uint32_t> rows = {};  // by row; kNullText where a key is null
};

// Which columns of a chunk are what.
struct SpineShape {
  int columns = 0;  // of the file, first
  // By entity, how many columns of its join keys follow as texts; 0: a column of the file says it.
  std::vector<int> key_columns;
};

// entity_key(), without a copy of the usual single key.
std::string_view key_text(std::span<const std::string_view> parts, std::string& memory);

// One thread's share. `spine` and `keys` have room for the rows, and are shared with the others.
class SpinePart {
 public:
  SpinePart(const SpineShape& shape, Spine& spine, std::vector<KeyTexts>& keys);
  // Rows [begin, end) of the chunk are the spine's from `first` on.
  void read(const data::Chunk& chunk, int64_t begin, int64_t end, int64_t first);

 private:
  friend void join_parts(std::deque<SpinePart> parts, Spine& spine, std::vector<KeyTexts>& keys);
  struct Run {
    int64_t first, rows;
  };
  void read_column(const data::ColumnView& view, int64_t begin, int64_t end, int64_t first,
                   size_t index);
  void read_texts(const data::ColumnView& view, int64_t begin, int64_t end, size_t index,
                  uint32_t* out);
  void read_keys(const data::Chunk& chunk, int64_t begin, int64_t end, int64_t first);

  const SpineShape& shape_;
  Spine& spine_;
  std::vector<KeyTexts>& keys_;
  std::vector<std::unique_ptr<parquet::TextCodes>> texts_;  // by column; null: not of texts
  std::vector<parquet::TextCodes> key_texts_;               // by entity
  std::vector<Run> runs_;
  std::vector<std::string_view> views_;  // of one chunk, and their codes
  std::vector<uint32_t> found_;
};

// Gives spine and keys the texts of all parts. O(texts, and rows of all parts but the first).
void join_parts(std::deque<SpinePart> parts, Spine& spine, std::vector<KeyTexts>& keys);

}  // namespace coterie::features
