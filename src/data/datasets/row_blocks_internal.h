#pragma once
// Rows kept by buckets of consecutive customers, and their order inside a bucket.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace coterie::data {

// A growing array in blocks: it never moves what it holds and wastes at most one block.
template <typename T>
class RowBlocks {
 public:
  void push(const T& row) {
    if (size_ == blocks_.size() * kBlock)
      blocks_.push_back(std::make_unique_for_overwrite<Block>());
    (*blocks_[size_ / kBlock])[size_ % kBlock] = row;
    ++size_;
  }
  const T& operator[](size_t row) const { return (*blocks_[row / kBlock])[row % kBlock]; }
  size_t size() const { return size_; }
  void release() {
    std::vector<std::unique_ptr<Block>>().swap(blocks_);
    size_ = 0;
  }

 private:
  static constexpr size_t kBlock = 512;
  using Block = std::array<T, kBlock>;
  std::vector<std::unique_ptr<Block>> blocks_;
  size_t size_ = 0;
};

// How customers [first, end) are cut into buckets of about as many rows as a row group has. Depends
// on the numbers alone. Customers without a code (guests) have the last bucket to themselves.
class CustomerBuckets {
 public:
  CustomerBuckets(int64_t first, int64_t end, int64_t rows);
  size_t count() const { return count_ + 1; }
  size_t of(int64_t customer) const { return static_cast<size_t>((customer - first_) / width_); }
  size_t guests() const { return count_; }

 private:
  int64_t first_;
  int64_t width_;
  size_t count_;
};

struct SortedRow {
  uint64_t key;
  uint32_t row;
};

// Stable, by key, ascending: a byte at a time, skipping bytes that are the same everywhere. Linear.
// `scratch` is overwritten.
void radix_sort(std::vector<SortedRow>& rows, std::vector<SortedRow>& scratch);

}  // namespace coterie::data
