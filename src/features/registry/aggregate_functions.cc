#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest_name.h"
#include "features/registry/aggregate_functions_internal.h"

namespace coterie::features {
namespace {

constexpr FunctionRow kFunctions[] = {
    {"count", Function::kCount, ColumnUse::kOptional, ValueShape::kNumber, true},
    {"sum", Function::kSum, ColumnUse::kRequired, ValueShape::kNumber, true},
    {"mean", Function::kMean, ColumnUse::kRequired, ValueShape::kNumber, true},
    {"min", Function::kMin, ColumnUse::kRequired, ValueShape::kOrdered, true},
    {"max", Function::kMax, ColumnUse::kRequired, ValueShape::kOrdered, true},
    {"std", Function::kStd, ColumnUse::kRequired, ValueShape::kNumber, true},
    {"last", Function::kLast, ColumnUse::kRequired, ValueShape::kAny, true},
    {"first", Function::kFirst, ColumnUse::kRequired, ValueShape::kAny, true},
    {"distinct", Function::kDistinct, ColumnUse::kRequired, ValueShape::kNumber, true},
    {"top_k", Function::kTopK, ColumnUse::kOptional, ValueShape::kGroup, false},
    {"time_since_last", Function::kTimeSince, ColumnUse::kOptional, ValueShape::kNumber, true},
    {"streak", Function::kStreak, ColumnUse::kOptional, ValueShape::kNumber, true},
    {"entropy", Function::kEntropy, ColumnUse::kRequired, ValueShape::kNumber, true},
    {"percentile", Function::kPercentile, ColumnUse::kRequired, ValueShape::kNumber, false},
    {"groups", Function::kGroups, ColumnUse::kOptional, ValueShape::kList, false},
};

// What other systems call the same.
struct ForeignRow {
  std::string_view name;
  std::string_view mend;
};
constexpr ForeignRow kForeign[] = {
    {"avg", "write mean"},
    {"average", "write mean"},
    {"stddev", "write std"},
    {"stddev_samp", "write std"},
    {"median", "write function: percentile, quantile: 0.5"},
    {"nunique", "write distinct"},
    {"count_distinct", "write distinct"},
    {"approx_count_distinct", "write function: distinct, exact: false"},
    {"mode", "write function: top_k, group_by: COLUMN"},
    {"latest", "write 'column' at the feature, without 'aggregation'"},
    {"histogram", "write function: groups, group_by: COLUMN"},
};

}  // namespace

const FunctionRow* find_function_row(std::string_view name) {
  const auto* found = std::ranges::find(kFunctions, name, &FunctionRow::name);
  return found == std::end(kFunctions) ? nullptr : found;
}

std::vector<std::string> aggregate_function_names() {
  std::vector<std::string> names;
  for (const FunctionRow& row : kFunctions) names.emplace_back(row.name);
  names.emplace_back(kRatio);
  return names;
}

std::string function_mend(std::string_view name) {
  const auto* foreign = std::ranges::find(kForeign, name, &ForeignRow::name);
  if (foreign != std::end(kForeign)) return std::string(foreign->mend);
  const auto names = aggregate_function_names();
  return nearest_mend(name, names, fmt::format("functions are {}", fmt::join(names, ", ")));
}

std::vector<std::string> small_form_names() {
  std::vector<std::string> names;
  for (const FunctionRow& row : kFunctions) {
    if (row.small_form) names.emplace_back(row.name);
  }
  return names;
}

ValueShape shape_of(const Aggregation& aggregation) {
  if (!aggregation.over.empty()) return ValueShape::kNumber;
  if (aggregation.function == Function::kDistinctHll) return ValueShape::kNumber;
  return std::ranges::find(kFunctions, aggregation.function, &FunctionRow::function)->shape;
}

}  // namespace coterie::features
