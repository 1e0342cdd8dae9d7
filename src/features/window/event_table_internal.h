#pragma once
// What a table holds, and the sort that makes it.

#include <cstdint>
#include <memory>
#include <vector>

#include "base/threads.h"
#include "features/window/event_table.h"
#include "features/window/row_lanes_internal.h"

namespace coterie::features {

struct UnsortedRows {
  EventLayout layout;
  RowFacts facts;
  std::vector<RowBlock> blocks;

  explicit UnsortedRows(const EventLayout& own) : layout(own), facts(own) {}
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
SortedRows sort_rows(UnsortedRows rows, int32_t entities, ThreadPool& pool);

struct EventTable::Impl {
  explicit Impl(SortedRows sorted) : rows(std::move(sorted)) {}
  SortedRows rows;
};

}  // namespace coterie::features
