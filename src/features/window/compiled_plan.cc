#include <algorithm>
#include <tuple>

#include "base/check.h"
#include "features/window/folds_internal.h"

namespace coterie::features {
namespace {

FoldKind kind_of(Function function, bool integers) {
  switch (function) {
    case Function::kCount:
      return FoldKind::kCount;
    case Function::kSum:
    case Function::kMean:
      return integers ? FoldKind::kNumbers : FoldKind::kSum;
    case Function::kStd:
      return FoldKind::kDeviation;
    case Function::kMin:
    case Function::kMax:
      return integers ? FoldKind::kNumbers : FoldKind::kExtreme;
    case Function::kLast:
    case Function::kLatest:
    case Function::kTimeSince:
      return FoldKind::kLatest;
    case Function::kFirst:
      return FoldKind::kFirst;
    case Function::kDistinct:
      return FoldKind::kDistinct;
    case Function::kDistinctHll:
      return FoldKind::kSketch;
    case Function::kGroups:
    case Function::kTopK:
      return FoldKind::kGroups;
    case Function::kEntropy:
      return FoldKind::kEntropy;
    case Function::kPercentile:
      return FoldKind::kRank;
    case Function::kStreak:
      return FoldKind::kStreak;
  }
  return FoldKind::kCount;
}

FoldKind kind_of(const EventLayout& layout, const Aggregate& aggregate) {
  const bool integers = aggregate.column >= 0 && layout.columns[aggregate.column] == Cell::kInteger;
  return kind_of(aggregate.function, integers);
}

bool needs_column(FoldKind kind) {
  return kind != FoldKind::kCount && kind != FoldKind::kLatest && kind != FoldKind::kDistinct &&
         kind != FoldKind::kGroups && kind != FoldKind::kStreak;
}

bool needs_number(FoldKind kind) {
  return kind == FoldKind::kNumbers || kind == FoldKind::kSum || kind == FoldKind::kDeviation ||
         kind == FoldKind::kRank;
}

bool needs_order(Function function) {
  return function == Function::kMin || function == Function::kMax || function == Function::kFirst ||
         function == Function::kLast || function == Function::kLatest;
}

void check_columns(const EventLayout& layout, const Aggregate& aggregate,
                   std::span<const TextPool* const> pools) {
  const auto columns = static_cast<int>(layout.columns.size());
  CHECK(aggregate.column >= -1 && aggregate.column < columns);
  const FoldKind kind = kind_of(layout, aggregate);
  CHECK(aggregate.group >= -1 && aggregate.group < columns);
  if (needs_column(kind) || needs_order(aggregate.function)) CHECK(aggregate.column >= 0);
  if (kind == FoldKind::kGroups) {
    CHECK(aggregate.group >= 0 && layout.columns[aggregate.group] == Cell::kCode);
    CHECK(pools[aggregate.group] != nullptr);
    CHECK(aggregate.column < 0 || layout.columns[aggregate.column] != Cell::kCode);
    CHECK(aggregate.k >= 1);
  }
  if (aggregate.column < 0) return;
  const Cell cell = layout.columns[aggregate.column];
  if (needs_number(kind)) CHECK(cell != Cell::kCode);
  if (kind == FoldKind::kSketch) CHECK(cell != Cell::kReal);
  if (needs_order(aggregate.function) && cell == Cell::kCode) {
    CHECK(pools[aggregate.column] != nullptr);
  }
}

void check_aggregate(const EventLayout& layout, const Aggregate& aggregate,
                     std::span<const TextPool* const> pools) {
  CHECK(aggregate.window > 0 && aggregate.period > 0 && aggregate.slot >= 0);
  CHECK(aggregate.quantile >= 0 && aggregate.quantile <= 1);
  CHECK(aggregate.mask >= -1 && aggregate.mask < static_cast<int>(layout.masks.size()));
  check_columns(layout, aggregate, pools);
  if (aggregate.function != Function::kDistinct) return;
  CHECK(aggregate.distinct >= 0 && aggregate.distinct < static_cast<int>(layout.distincts.size()));
  const DistinctIndex& index = layout.distincts[aggregate.distinct];
  CHECK(index.mask == aggregate.mask);
  CHECK(aggregate.column < 0 || index.column == aggregate.column);
}

// What aggregates of one fold have in common.
using FoldKey = std::tuple<FoldKind, int, int, int, int>;

FoldKey key_of(const EventLayout& layout, const Aggregate& aggregate) {
  const FoldKind kind = kind_of(layout, aggregate);
  const bool index_says_it = kind == FoldKind::kDistinct;
  const bool whole_rows = kind == FoldKind::kCount || kind == FoldKind::kStreak;
  return {kind, index_says_it || whole_rows ? -1 : aggregate.column, aggregate.mask,
          index_says_it ? aggregate.distinct : -1,
          kind == FoldKind::kGroups ? aggregate.group : -1};
}

struct KeyedAggregate {
  FoldKey key;
  Aggregate aggregate;
};

// Sorted by fold and window. Counts under a mask go where numbers are folded under the same one.
std::vector<KeyedAggregate> keyed_aggregates(const EventLayout& layout, const WindowPlan& plan) {
  std::vector<KeyedAggregate> keyed;
  for (const Aggregate& aggregate : plan) keyed.push_back({key_of(layout, aggregate), aggregate});
  for (KeyedAggregate& count : keyed) {
    const int mask = count.aggregate.mask;
    if (std::get<0>(count.key) != FoldKind::kCount || mask < 0) continue;
    for (const KeyedAggregate& other : keyed) {
      if (std::get<0>(other.key) != FoldKind::kNumbers || other.aggregate.mask != mask) continue;
      count.key = other.key;
      break;
    }
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.key, a.aggregate.window) < std::tuple(b.key, b.aggregate.window);
  });
  return keyed;
}

void add_output(const std::vector<Micros>& windows, const Aggregate& aggregate, Fold& fold) {
  const auto found = std::lower_bound(windows.begin(), windows.end(), aggregate.window);
  const auto index = static_cast<int>(found - windows.begin());
  const auto count = static_cast<int>(fold.outputs.size());
  if (fold.windows.empty() || fold.windows.back().index != index) {
    fold.windows.push_back({index, count, count});
  }
  fold.outputs.push_back({aggregate.function, aggregate.slot, aggregate.k, aggregate.quantile,
                          aggregate.period, aggregate.window});
  fold.windows.back().last = count + 1;
}

}  // namespace

CompiledPlan compile_plan(const EventLayout& layout, const WindowPlan& plan,
                          std::span<const TextPool* const> pools) {
  CHECK(pools.size() == layout.columns.size());
  CompiledPlan compiled;
  for (const Aggregate& aggregate : plan) {
    check_aggregate(layout, aggregate, pools);
    compiled.windows.push_back(aggregate.window);
  }
  std::sort(compiled.windows.begin(), compiled.windows.end());
  const auto last = std::unique(compiled.windows.begin(), compiled.windows.end());
  compiled.windows.erase(last, compiled.windows.end());

  const auto keyed = keyed_aggregates(layout, plan);
  for (size_t i = 0; i < keyed.size(); ++i) {
    if (i == 0 || keyed[i].key != keyed[i - 1].key) {
      const auto [kind, column, mask, distinct, group] = keyed[i].key;
      const auto index = static_cast<int>(compiled.folds.size());
      compiled.folds.push_back({kind, index, column, mask, distinct, group, {}, {}});
    }
    add_output(compiled.windows, keyed[i].aggregate, compiled.folds.back());
  }
  return compiled;
}

}  // namespace coterie::features
