#pragma once
// Texts of a column as numbers: the codes of a dictionary that is found as the rows come.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "data/parquet/text_table.h"

namespace coterie::parquet {

// Codes are given in the order of first appearance. O(1) a text, and 12 bytes each beside its own.
// Not thread-safe while encoding. Movable; then texts() is where the object is.
class TextCodes {
 public:
  uint32_t encode(std::string_view text) {
    // Few texts take turns: most lookups end here.
    const size_t mixed = text.empty() ? 0
                                      : text.size() * 5 + static_cast<unsigned char>(text.front()) +
                                            size_t{3} * static_cast<unsigned char>(text.back());
    uint32_t& recent = recent_[mixed % recent_.size()];
    if (recent < texts_.size() && texts_.at(recent) == text) return recent;
    recent = look_up(text);
    return recent;
  }
  // The code of a text that was encoded; std::nullopt of any other. Thread-safe beside itself.
  std::optional<uint32_t> find(std::string_view text) const;
  const TextTable& texts() const { return texts_; }
  // Place of each code among the texts in order of their bytes, from 1 on. Sorts.
  std::vector<uint32_t> ranks() const;

 private:
  uint32_t look_up(std::string_view text);
  // Of the text's code, or the free slot where it belongs; there is one.
  size_t slot_of(std::string_view text, uint64_t hash) const;
  void grow();

  std::array<uint32_t, 64> recent_ = {};
  // Open addressing: the hash's upper half and the code + 1; 0 = free.
  std::vector<uint64_t> slots_;
  TextTable texts_;
};

}  // namespace coterie::parquet
