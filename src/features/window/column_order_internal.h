#pragma once
// The values of a column with their order, by kind of cell.

#include <cstdint>
#include <limits>
#include <string_view>

#include "features/window/events_view.h"
#include "features/window/text_pool.h"

namespace coterie::features {

template <class T>
struct NumberOrder {
  const T* values;
  T at(int32_t i) const { return values[i]; }
  bool less(T a, T b) const { return a < b; }
};

struct TextOrder {
  const int32_t* values;
  const TextPool* pool;
  int32_t at(int32_t i) const { return values[i]; }
  bool less(int32_t a, int32_t b) const { return a != b && pool->at(a) < pool->at(b); }
};

// Calls body with the order of the column.
template <class Body>
void with_order(const EventColumn& column, const TextPool* pool, const Body& body) {
  switch (column.cell) {
    case Cell::kInteger:
      return body(NumberOrder<int64_t>{column.integers});
    case Cell::kReal:
      return body(NumberOrder<double>{column.reals});
    case Cell::kCode:
      return body(TextOrder{column.codes, pool});
  }
}

}  // namespace coterie::features
