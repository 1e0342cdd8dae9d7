#pragma once
// What of a source's rows the window evaluator keeps, and how: one row is one event of one entity.
//
// An event has a time, perhaps an arrival, values in columns and the answers of filters. Filters
// and expressions are computed before (by the engine's SQL, or by expr in process): here they are
// columns and bytes. Texts and ids are codes into a TextPool.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace coterie::features {

// How the values of a column are kept. kInteger: integers, booleans, unscaled decimals (money in
// minor units), dates in days, timestamps in microseconds. kReal: finite doubles. kCode: texts.
enum class Cell : uint8_t { kInteger, kReal, kCode };

// Rows that count: those whose filter answers true and whose column is not null; -1 = no such
// condition.
struct Mask {
  int filter = -1;
  int column = -1;
  bool operator==(const Mask&) const = default;
};

// A column (kInteger or kCode) whose distinct values are counted among the rows of a mask (-1 =
// all): costs an index of next occurrences.
struct DistinctIndex {
  int column = 0;
  int mask = -1;
  bool operator==(const DistinctIndex&) const = default;
};

struct EventLayout {
  std::vector<Cell> columns;
  int filters = 0;
  std::vector<Mask> masks;
  std::vector<DistinctIndex> distincts;

  bool operator==(const EventLayout&) const = default;

  // The index of an equal entry, which is added where there is none.
  int add_mask(Mask mask);
  int add_distinct(DistinctIndex index);
};

// One value on its way in; which member counts is the column's cell.
struct EventValue {
  int64_t integer = 0;
  double real = 0;
  int32_t code = 0;
  bool null = true;
};

// One event on its way in. `values` by column, `passes` by filter (1 = true).
struct EventRow {
  Micros time = 0;
  Micros arrived = 0;  // = time where the source does not say; earlier than `time` counts as `time`
  std::span<const EventValue> values;
  std::span<const uint8_t> passes;
};

}  // namespace coterie::features
