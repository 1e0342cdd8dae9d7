#include "features/window/event_layout.h"

#include <algorithm>

namespace coterie::features {
namespace {

template <class T>
int index_of(std::vector<T>& entries, const T& entry) {
  const auto found = std::find(entries.begin(), entries.end(), entry);
  const auto index = static_cast<int>(found - entries.begin());
  if (found == entries.end()) entries.push_back(entry);
  return index;
}

}  // namespace

int EventLayout::add_mask(Mask mask) { return index_of(masks, mask); }
int EventLayout::add_distinct(DistinctIndex index) { return index_of(distincts, index); }

}  // namespace coterie::features
