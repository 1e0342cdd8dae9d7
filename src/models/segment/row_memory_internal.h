#pragma once
// Memory for the rows of a table: one block of floats, on a cache line, not initialised; in large
// pages, because passes of k-means read scattered rows.

#include <cstddef>
#include <span>

#include "base/large_array.h"

namespace coterie::segment {

// Movable; a moved-from one is empty. Values are undefined until written.
class RowMemory {
 public:
  RowMemory() = default;
  explicit RowMemory(size_t floats)
      : size_(floats), floats_(floats == 0 ? nullptr : make_large_array<float>(floats)) {}

  size_t size() const { return size_; }
  float* data() { return floats_.get(); }
  const float* data() const { return floats_.get(); }
  float& operator[](size_t i) { return floats_[i]; }
  float operator[](size_t i) const { return floats_[i]; }
  std::span<const float> span() const { return {data(), size_}; }

 private:
  size_t size_ = 0;
  LargeArray<float> floats_;
};

}  // namespace coterie::segment
