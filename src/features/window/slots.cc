#include "features/window/slots.h"

namespace coterie::features {

void SlotColumn::resize(int64_t rows) {
  const auto n = static_cast<size_t>(rows);
  if (list) {
    entry_codes.clear();
    entry_values.clear();
    ends.clear();
    return;
  }
  integers.resize(cell == Cell::kInteger ? n : 0);
  reals.resize(cell == Cell::kReal ? n : 0);
  codes.resize(cell == Cell::kCode ? n : 0);
  nulls.resize(n);
}

}  // namespace coterie::features
