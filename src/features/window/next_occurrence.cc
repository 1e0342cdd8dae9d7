#include "base/check.h"
#include "features/window/next_occurrence_internal.h"

namespace coterie::features {
namespace {

template <class T>
void fill(const T* values, const uint8_t* mask, int32_t count, ValueTable& seen, int32_t* next) {
  seen.reset(count);
  for (int32_t i = count; i-- > 0;) {
    if (mask != nullptr && mask[i] == 0) {
      next[i] = -1;
      continue;
    }
    int32_t& latest = seen.number_of(values[i]);
    next[i] = latest < 0 ? kNoNext : latest;
    latest = i;
  }
}

}  // namespace

void fill_next(const EventColumn& column, const uint8_t* mask, int64_t count, ValueTable& scratch,
               int32_t* next) {
  CHECK(count < kNoNext && column.cell != Cell::kReal);
  const auto n = static_cast<int32_t>(count);
  if (column.cell == Cell::kCode) {
    fill(column.codes, mask, n, scratch, next);
  } else {
    fill(column.integers, mask, n, scratch, next);
  }
}

}  // namespace coterie::features
