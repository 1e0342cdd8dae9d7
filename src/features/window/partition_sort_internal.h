#pragma once
// The second half of the sort: one partition, whose entities are neighbours.

#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <vector>

#include "features/window/event_table_internal.h"
#include "features/window/value_table_internal.h"

namespace coterie::features {

// A band of neighbouring entities, whose rows stand by partition in `sorted`, within each in any
// order.
struct DealtBand {
  int32_t first_entity = 0;
  int32_t end_entity = 0;
  int shift = 0;                // the partition of an entity is (entity - first_entity) >> shift
  int64_t first_row = 0;        // of the table
  std::vector<int64_t> starts;  // of partitions in the table, and the end
  std::span<const int32_t> entities;  // of the band's rows

  int64_t partitions() const { return std::ssize(starts) - 1; }
};

// Whether the sum of |x| of n values is not sure to fit 64 bits.
bool sum_may_overflow(const int64_t* values, int64_t n);

// Sorts the lanes of partitions where they stand and fills in offsets, next occurrences and latest
// arrivals. One a thread; different partitions may be sorted at the same time.
class PartitionSorter {
 public:
  explicit PartitionSorter(SortedRows& sorted);
  void sort(const DealtBand& band, int64_t partition);

 private:
  void order_by_entity(const DealtBand& band, int64_t partition);
  void order_by_time(int64_t begin, int64_t end);
  bool tie_less(int32_t a, int32_t b) const;
  void sort_ties(int64_t begin, int64_t end);
  void move_lanes();
  void index_entity(int64_t begin, int64_t end);

  SortedRows& sorted_;
  LaneIndex index_;
  bool real_ = false;  // some column is: sums depend on the order of equal times
  int64_t start_ = 0;  // of the partition; the arrays below count from here
  std::vector<int32_t> order_;
  std::vector<int64_t> ends_;  // by entity of the partition
  std::vector<std::pair<Micros, int32_t>> keyed_;
  std::vector<LaneArray> moved_;
  int64_t moved_rows_ = 0;
  ValueTable values_;
};

}  // namespace coterie::features
