// The plans that the other tests of this folder run.

#include <fmt/format.h>

#include "features/window/random_log_internal.h"

namespace coterie::features {
namespace {

// Aggregates of one column under one mask.
void add_column(const EventLayout& layout, int column, int mask, WindowPlan& plan) {
  const Cell cell = layout.columns[column];
  const auto add = [&](Function function) {
    Aggregate aggregate;
    aggregate.function = function;
    aggregate.column = column;
    aggregate.mask = mask;
    plan.push_back(aggregate);
  };
  for (const Function function : {Function::kCount, Function::kMin, Function::kMax, Function::kLast,
                                  Function::kFirst, Function::kEntropy, Function::kTimeSince}) {
    add(function);
  }
  if (cell != Cell::kCode) {
    for (const Function function : {Function::kSum, Function::kMean, Function::kStd}) add(function);
    for (const double quantile : {0.0, 0.25, 0.5, 0.9, 1.0}) {
      add(Function::kPercentile);
      plan.back().quantile = quantile;
    }
  }
  if (cell == Cell::kReal) return;
  add(Function::kDistinctHll);
  for (size_t d = 0; d < layout.distincts.size(); ++d) {
    if (layout.distincts[d] != DistinctIndex{column, mask}) continue;
    add(Function::kDistinct);
    plan.back().distinct = static_cast<int>(d);
  }
}

void add_rows(const EventLayout& layout, int mask, WindowPlan& plan) {
  plan.push_back({.function = Function::kCount, .mask = mask});
  plan.push_back({.function = Function::kTimeSince, .mask = mask});
  for (const Micros period : {kMicrosPerDay, 7 * kMicrosPerDay, kLifetime}) {
    plan.push_back({.function = Function::kStreak, .mask = mask, .period = period});
  }
  for (int column = 0; column < static_cast<int>(layout.columns.size()); ++column) {
    plan.push_back({.function = Function::kLatest, .column = column, .mask = mask});
  }
  for (const int group : {kCategory, kCustomer}) {
    plan.push_back({.function = Function::kGroups, .mask = mask, .group = group});
    plan.push_back({.function = Function::kTopK, .mask = mask, .group = group, .k = 2});
  }
}

void add_group_sums(const EventLayout& layout, WindowPlan& plan) {
  for (size_t m = 0; m < layout.masks.size(); ++m) {
    const int column = layout.masks[m].column;
    if (column < 0 || layout.columns[column] == Cell::kCode) continue;
    const auto mask = static_cast<int>(m);
    plan.push_back(
        {.function = Function::kGroups, .column = column, .mask = mask, .group = kCategory});
    if (layout.columns[column] == Cell::kReal) continue;
    plan.push_back(
        {.function = Function::kTopK, .column = column, .mask = mask, .group = kCustomer, .k = 3});
  }
}

}  // namespace

WindowPlan full_plan(const EventLayout& layout) {
  WindowPlan once;
  for (size_t m = 0; m < layout.masks.size(); ++m) {
    const int column = layout.masks[m].column;
    if (column >= 0) add_column(layout, column, static_cast<int>(m), once);
  }
  add_column(layout, kCustomer, -1, once);
  add_column(layout, kCustomer, 0, once);
  add_rows(layout, -1, once);
  add_rows(layout, 0, once);
  add_group_sums(layout, once);
  WindowPlan plan;
  for (const Micros days : {7, 30, 90, 365, 0, -1}) {
    for (Aggregate aggregate : once) {
      aggregate.window = days > 0 ? days * kMicrosPerDay : (days == 0 ? kLifetime : 1);
      aggregate.slot = static_cast<int>(plan.size());
      plan.push_back(aggregate);
    }
  }
  return plan;
}

std::string difference_from_oracle(const RandomLog& log, const EventsView& view,
                                   const std::vector<OracleEvent>& events,
                                   const std::vector<const TextPool*>& pools,
                                   const std::vector<Micros>& at) {
  const auto own_pools = log.pools();
  const WindowPlan plan = full_plan(log.layout);
  const WindowEvaluator evaluator(log.layout, plan, pools);
  WindowEvaluator::Scratch scratch;
  auto slots = make_slots(plan, log.layout, static_cast<int64_t>(at.size()));
  evaluator.evaluate(view, at, 0, slots, scratch);
  for (const Aggregate& aggregate : plan) {
    const int column = WindowEvaluator::is_list(aggregate) ? aggregate.group : aggregate.column;
    const TextPool* pool = column < 0 ? nullptr : pools[column];
    for (size_t row = 0; row < at.size(); ++row) {
      const auto expected = oracle_value(log.layout, events, own_pools, aggregate, at[row]);
      const std::string difference =
          oracle_difference(expected, slots[aggregate.slot], static_cast<int64_t>(row), pool);
      if (difference.empty()) continue;
      return fmt::format(
          "{}: function {} column {} mask {} group {} window {} quantile {} period {} at {}",
          difference, static_cast<int>(aggregate.function), aggregate.column, aggregate.mask,
          aggregate.group, aggregate.window, aggregate.quantile, aggregate.period, at[row]);
    }
  }
  return {};
}

}  // namespace coterie::features
