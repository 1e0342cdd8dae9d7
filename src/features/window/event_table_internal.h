#pragma once
// What a table holds, and the sort that makes it.

#include <cstdint>
#include <memory>
#include <vector>

#include "base/threads.h"
#include "features/window/event_table.h"
#include "features/window/row_lanes_internal.h"

namespace coterie::features {

// The smallest shift for which entities [0, entities), taken by entity >> shift, are at most
// `most` groups; at least one.
int shift_for_groups(int32_t entities, int64_t most);
size_t groups_of(int32_t entities, int shift);

struct UnsortedRows {
  EventLayout layout;
  RowFacts facts;
  int32_t entities;
  int shift = 0;                             // the band of an entity is entity >> shift
  std::vector<std::vector<RowBlock>> bands;  // their blocks, which are freed as they are sorted

  UnsortedRows(const EventLayout& own, int32_t entity_count)
      : layout(own), facts(own), entities(entity_count) {}
};

// Rows by entity and time.
struct SortedRows {
  EventLayout layout;
  std::vector<int64_t> offsets;  // entity e has the rows [offsets[e], offsets[e + 1])
  std::vector<LaneArray> lanes;
  LargeArray<Micros> latest_arrival;       // null: nothing arrived late
  std::vector<LargeArray<int32_t>> next;   // by distinct index
  std::vector<std::vector<uint8_t>> wide;  // by column, by entity; empty: none is

  int64_t rows() const { return offsets.back(); }
};

// Takes rows whose entity is in [0, entities). Equal bytes for equal rows, in whatever order and
// with any number of threads, but for the order of equal times where no column is real.
SortedRows sort_rows(UnsortedRows rows, ThreadPool& pool);

struct EventTable::Impl {
  explicit Impl(SortedRows sorted) : rows(std::move(sorted)) {}
  SortedRows rows;
};

}  // namespace coterie::features
