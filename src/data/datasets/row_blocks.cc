#include <algorithm>

#include "data/datasets/row_blocks_internal.h"

namespace coterie::data {
namespace {

constexpr int64_t kBucketRows = 100'000;

}  // namespace

CustomerBuckets::CustomerBuckets(int64_t first, int64_t end, int64_t rows) : first_(first) {
  const int64_t customers = std::max<int64_t>(1, end - first);
  const int64_t buckets = std::clamp<int64_t>(rows / kBucketRows, 1, customers);
  width_ = (customers + buckets - 1) / buckets;
  count_ = static_cast<size_t>((customers + width_ - 1) / width_);
}

void radix_sort(std::vector<SortedRow>& rows, std::vector<SortedRow>& scratch) {
  uint64_t all = 0;
  uint64_t common = ~uint64_t{0};
  for (const SortedRow& row : rows) {
    all |= row.key;
    common &= row.key;
  }
  const uint64_t varies = all ^ common;
  scratch.resize(rows.size());
  for (int shift = 0; shift < 64; shift += 8) {
    if (((varies >> shift) & 0xFF) == 0) continue;
    std::array<size_t, 256> next{};
    for (const SortedRow& row : rows) ++next[(row.key >> shift) & 0xFF];
    size_t begin = 0;
    for (size_t& slot : next) begin += std::exchange(slot, begin);
    for (const SortedRow& row : rows) scratch[next[(row.key >> shift) & 0xFF]++] = row;
    rows.swap(scratch);
  }
}

}  // namespace coterie::data
