#pragma once
// Texts of a column as numbers: the codes of a dictionary that is found as the rows come.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.h"
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
    recent = look_up(text, hash64(text));
    return recent;
  }
  // The same of many, several times as fast where they differ: `codes` has as many places.
  void encode(std::span<const std::string_view> texts, std::span<uint32_t> codes);
  // Room for so many texts, so that it is not made again and again.
  void reserve(size_t texts);
  // Codes of texts that were encoded, kNoCode of others. Thread-safe beside itself.
  static constexpr uint32_t kNoCode = UINT32_MAX;
  void find(std::span<const std::string_view> texts, std::span<uint32_t> codes) const;
  const TextTable& texts() const { return texts_; }
  // Place of each code among the texts in order of their bytes, from 1 on. Sorts.
  std::vector<uint32_t> ranks() const;

 private:
  uint32_t look_up(std::string_view text, uint64_t hash);
  // Of the text's code, or the free slot where it belongs; there is one.
  size_t slot_of(std::string_view text, uint64_t hash) const;
  template <class Use>
  void for_each_text(std::span<const std::string_view> texts, const Use& use) const;
  void prefetch(std::span<const uint64_t> hashes) const;

  std::array<uint32_t, 64> recent_ = {};
  // Open addressing: the hash's upper half and the code + 1; 0 = free.
  std::vector<uint64_t> slots_;
  TextTable texts_;
};

}  // namespace coterie::parquet
