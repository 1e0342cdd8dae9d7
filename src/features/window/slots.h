#pragma once
// Results by row and slot: what evaluators fill and derived features read.

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "features/window/event_layout.h"

namespace coterie::features {

// One slot over the rows of a batch. Scalars use the array of `cell`. A list (kGroups, kTopK) has
// the entries [ends[r - 1], ends[r]) of the entry arrays for row r; rows are filled in order.
struct SlotColumn {
  Cell cell = Cell::kInteger;
  bool list = false;
  std::vector<int64_t> integers;
  std::vector<double> reals;
  std::vector<int32_t> codes;
  std::vector<uint8_t> nulls;  // 1 = null; what stands under it is unspecified
  std::vector<int32_t> entry_codes;
  std::vector<double> entry_values;  // counts and sums; integers beyond 2^53 are rounded
  std::vector<int32_t> ends;

  void resize(int64_t rows);  // scalars; a list is emptied
};

}  // namespace coterie::features
