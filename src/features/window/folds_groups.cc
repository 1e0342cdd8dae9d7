// Counts and sums by group.

#include <algorithm>

#include "base/check.h"
#include "features/window/folds_internal.h"

namespace coterie::features {
namespace {

// Sums of the groups seen so far, by number.
struct Groups {
  std::vector<int64_t>& codes;
  std::vector<Wide>& exact;
  std::vector<double>& sums;
};

// The events of [begin, end) join their groups.
void add_events(const Fold& fold, const Tile& tile, int32_t begin, int32_t end, Groups& groups) {
  const EventColumn& by = tile.view->columns[fold.group];
  const EventColumn* column = fold.column < 0 ? nullptr : &tile.view->columns[fold.column];
  const uint8_t* mask = tile.mask(fold);
  for (int32_t i = begin; i < end; ++i) {
    if (mask != nullptr && mask[i] == 0) continue;
    if (by.nulls != nullptr && by.nulls[i] != 0) continue;
    int32_t& number = tile.memory->values.number_of(by.codes[i]);
    if (number < 0) {
      number = static_cast<int32_t>(groups.codes.size());
      groups.codes.push_back(by.codes[i]);
      groups.exact.push_back(0);
      groups.sums.push_back(0);
    }
    if (column == nullptr) {
      ++groups.exact[number];
    } else if (column->cell == Cell::kInteger) {
      groups.exact[number] += column->integers[i];
    } else {
      groups.sums[number] += column->reals[i];
    }
  }
}

using Entries = std::vector<std::pair<int32_t, double>>;

// Appends a row of a list: ascending by text, or the k greatest.
void put_entries(const Tile& tile, const Output& output, const TextPool& pool, int row,
                 Entries& entries) {
  const auto by_text = [&](const auto& a, const auto& b) {
    return pool.at(a.first) < pool.at(b.first);
  };
  size_t kept = entries.size();
  if (output.function == Function::kGroups) {
    std::sort(entries.begin(), entries.end(), by_text);
  } else {
    kept = std::min(kept, static_cast<size_t>(output.k));
    std::partial_sort(entries.begin(), entries.begin() + static_cast<int64_t>(kept), entries.end(),
                      [&](const auto& a, const auto& b) {
                        return a.second != b.second ? a.second > b.second : by_text(a, b);
                      });
  }
  SlotColumn& slot = tile.slots[output.slot];
  CHECK(static_cast<int64_t>(slot.ends.size()) == tile.first_row + row);
  for (size_t i = 0; i < kept; ++i) {
    slot.entry_codes.push_back(entries[i].first);
    slot.entry_values.push_back(entries[i].second);
  }
  slot.ends.push_back(static_cast<int32_t>(slot.entry_codes.size()));
}

}  // namespace

void fold_groups(const Fold& fold, const Tile& tile) {
  FoldMemory& memory = *tile.memory;
  Groups groups{memory.integers, memory.exact, memory.reals};
  const bool real = fold.column >= 0 && tile.view->columns[fold.column].cell == Cell::kReal;
  for (int row = 0; row < tile.rows; ++row) {
    int32_t end = tile.ends[row];
    memory.values.reset(end - tile.begin(row, fold.windows.back()));
    groups.codes.clear();
    groups.exact.clear();
    groups.sums.clear();
    for (const FoldWindow& window : fold.windows) {
      const int32_t begin = tile.begin(row, window);
      add_events(fold, tile, begin, end, groups);
      end = begin;
      for (int i = window.first; i < window.last; ++i) {
        memory.entries.clear();
        for (size_t g = 0; g < groups.codes.size(); ++g) {
          memory.entries.emplace_back(static_cast<int32_t>(groups.codes[g]),
                                      real ? groups.sums[g] : static_cast<double>(groups.exact[g]));
        }
        put_entries(tile, fold.outputs[i], *tile.pools[fold.group], row, memory.entries);
      }
    }
  }
}

}  // namespace coterie::features
