#pragma once
// The second half of the sort: one partition, whose entities are neighbours.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "features/window/event_table_internal.h"
#include "features/window/value_table_internal.h"

namespace coterie::features {

// Rows by partition, within each in any order.
struct DealtRows {
  EventLayout layout;
  RowFacts facts;
  int shift = 0;                      // the partition of an entity is entity >> shift
  std::vector<int64_t> offsets = {};  // by partition
  LargeArray<int32_t> entities = nullptr;
  std::vector<LaneArray> lanes = {};

  int64_t rows() const { return offsets.back(); }
};

// Whether the sum of |x| of n values is not sure to fit 64 bits.
bool sum_may_overflow(const int64_t* values, int64_t n);

// Sorts the lanes of partitions where they stand and fills `sorted`: offsets, next occurrences and
// latest arrivals. One a thread; different partitions may be sorted at the same time.
class PartitionSorter {
 public:
  PartitionSorter(DealtRows& dealt, SortedRows& sorted);
  void sort(int64_t partition);

 private:
  void order_by_entity(int64_t partition);
  void order_by_time(int64_t begin, int64_t end);
  bool tie_less(int32_t a, int32_t b) const;
  void sort_ties(int64_t begin, int64_t end);
  void move_lanes();
  void index_entity(int64_t begin, int64_t end);

  DealtRows& dealt_;
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
