#pragma once
// Texts back to back in one buffer, addressed by number: what a dictionary-coded column points to.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::parquet {

// Appending is not thread-safe, reading is. At most 4 GiB of text.
class TextTable {
 public:
  uint32_t add(std::string_view text) {
    bytes_.append(text);
    ends_.push_back(static_cast<uint32_t>(bytes_.size()));
    return static_cast<uint32_t>(ends_.size() - 1);
  }
  std::string_view at(uint32_t index) const {
    const uint32_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(bytes_).substr(begin, ends_[index] - begin);
  }
  // For lookups of many texts, whose waits for memory then overlap: first where a text is, later
  // the text.
  void prefetch_place(uint32_t index) const { __builtin_prefetch(ends_.data() + index); }
  void prefetch_text(uint32_t index) const { __builtin_prefetch(at(index).data()); }
  uint32_t size() const { return static_cast<uint32_t>(ends_.size()); }
  void clear() {
    bytes_.clear();
    ends_.clear();
  }

 private:
  std::string bytes_;
  std::vector<uint32_t> ends_;
};

}  // namespace coterie::parquet
