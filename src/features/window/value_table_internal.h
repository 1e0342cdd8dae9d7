#pragma once
// A small open-addressing table from values to numbers, cleared and filled over and over.

#include <bit>
#include <cstdint>
#include <vector>

#include "base/hash.h"

namespace coterie::features {

// Not thread-safe; no allocation once it has been as large.
class ValueTable {
 public:
  struct Entry {
    int64_t value;
    int32_t number;  // negative = the entry is free
  };

  // Empty, with room for `values` different ones. O(values).
  void reset(int64_t values) {
    const size_t size = std::bit_ceil(static_cast<size_t>(2 * values + 2));
    last_ = size - 1;
    if (entries_.size() < size) entries_.resize(size);
    for (size_t i = 0; i < size; ++i) entries_[i].number = -1;
  }
  // The value's number, which is negative (and to be set) where the value is new.
  int32_t& number_of(int64_t value) {
    size_t at = mix64(static_cast<uint64_t>(value)) & last_;
    while (entries_[at].number >= 0 && entries_[at].value != value) at = (at + 1) & last_;
    entries_[at].value = value;
    return entries_[at].number;
  }

 private:
  std::vector<Entry> entries_;
  size_t last_ = 0;
};

}  // namespace coterie::features
