#include <algorithm>

#include "features/offline/batch_order_internal.h"

namespace coterie::features {

std::vector<int64_t> evaluation_order(std::span<const int32_t> entities, std::span<const Micros> at,
                                      std::span<const int64_t> rows) {
  struct Entry {
    int32_t entity;
    Micros at;
    int64_t index;
  };
  std::vector<Entry> entries(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<size_t>(rows[i]);
    entries[i] = {entities[row], at[row], static_cast<int64_t>(i)};
  }
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    if (a.entity != b.entity) return a.entity < b.entity;
    if (a.at != b.at) return a.at < b.at;
    return a.index < b.index;
  });
  std::vector<int64_t> order(entries.size());
  std::ranges::transform(entries, order.begin(), &Entry::index);
  return order;
}

}  // namespace coterie::features
