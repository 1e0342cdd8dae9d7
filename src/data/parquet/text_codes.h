#pragma once
// Texts of a column with few distinct values as numbers.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/parquet/parquet_file.h"
#include "data/parquet/text_table.h"

namespace coterie::data {

// Codes are given in the order of first appearance. Not thread-safe while encoding.
class TextCodes {
 public:
  uint32_t encode(std::string_view text) {
    // Few texts take turns: most lookups end here.
    const size_t mixed = text.empty() ? 0
                                      : text.size() * 5 + static_cast<unsigned char>(text.front()) +
                                            size_t{3} * static_cast<unsigned char>(text.back());
    Recent& recent = recent_[mixed % recent_.size()];
    if (recent.known && recent.text == text) return recent.code;
    return look_up(text, recent);
  }
  const parquet::TextTable& texts() const { return texts_; }
  // Place of each code among the texts in order of their bytes, from 1 on.
  std::vector<uint32_t> ranks() const;

 private:
  struct Recent {
    bool known = false;
    std::string text;
    uint32_t code = 0;
  };
  uint32_t look_up(std::string_view text, Recent& recent);

  std::array<Recent, 64> recent_;
  std::map<std::string, uint32_t, std::less<>> codes_;
  parquet::TextTable texts_;
};

}  // namespace coterie::data
