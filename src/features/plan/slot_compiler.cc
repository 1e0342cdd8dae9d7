#include <fmt/format.h>

#include "features/plan/slot_compiler_internal.h"
#include "features/plan/yaml_place_internal.h"
#include "features/window/evaluator.h"

namespace coterie::features {
namespace {

bool groups(Function function) {
  return function == Function::kGroups || function == Function::kTopK;
}

bool needs_numbers(Function function) {
  return function == Function::kSum || function == Function::kMean || function == Function::kStd ||
         function == Function::kPercentile || groups(function);
}

bool needs_discrete(Function function) {
  return function == Function::kDistinct || function == Function::kDistinctHll ||
         function == Function::kEntropy;
}

bool needs_column(Function function) {
  return function != Function::kCount && function != Function::kTimeSince &&
         function != Function::kStreak && !groups(function);
}

}  // namespace

Result<int> SlotCompiler::field(const std::string& expression, const YamlNode& node) {
  return plan_.add_field(expression, node);
}

Result<SlotUse> SlotCompiler::latest() {
  const YamlNode node = place_of(feature_.node, {"column"});
  SlotUse use{.source = source_, .aggregate = {.function = Function::kLatest}, .type = {}};
  ASSIGN_OR_RETURN(use.aggregate.column, field(feature_.expression, node));
  set_type(use);
  return use;
}

// Groups are texts: what is not becomes its text.
Result<int> SlotCompiler::group_field(const Aggregation& aggregation, const YamlNode& node) {
  ASSIGN_OR_RETURN(const expr::Expression group,
                   expr::Expression::parse(aggregation.group_by, plan_.schema, origin_of(node)));
  if (group.type().is(expr::TypeKind::kText)) return field(aggregation.group_by, node);
  return field("to_text(" + aggregation.group_by + ")", node);
}

Status SlotCompiler::check_column(const Aggregation& aggregation, int index,
                                  const YamlNode& node) const {
  const expr::Type& type = plan_.fields[static_cast<size_t>(index)].type;
  const bool flag = type.is(expr::TypeKind::kBool);
  if (needs_numbers(aggregation.function) && !type.is_number() && !flag) {
    return node.error(
        fmt::format("{} needs numbers, and '{}' is {}", function_name(aggregation.function),
                    aggregation.column, type.to_text()),
        "name a numeric column, or use count, distinct, last or first");
  }
  if (needs_discrete(aggregation.function) && type.is(expr::TypeKind::kReal)) {
    return node.error(fmt::format("{} counts values that repeat, and '{}' is real",
                                  function_name(aggregation.function), aggregation.column),
                      "round it, e.g. round(" + aggregation.column + ")");
  }
  return {};
}

Result<SlotUse> SlotCompiler::aggregate(const Aggregation& aggregation, const YamlNode& node) {
  const Function function = aggregation.function;
  SlotUse use{.source = source_, .aggregate = {.function = function}, .type = {}};
  Aggregate& out = use.aggregate;
  out.window = aggregation.window;
  out.k = aggregation.k;
  out.quantile = aggregation.quantile;
  out.period = aggregation.period;
  if (plan_.source->is_static && out.window != kLifetime) {
    return place_of(node, {"window"})
        .error(fmt::format("source '{}' is static: its rows have no time", plan_.source->name),
               "write `window: lifetime`");
  }
  const YamlNode column_node = place_of(node, {"column"});
  if (aggregation.column.empty() && needs_column(function)) {
    return node.error(fmt::format("{} needs a column", function_name(function)),
                      "add `column:` with a column or expression of the source");
  }
  Mask mask;
  if (!aggregation.column.empty()) {
    ASSIGN_OR_RETURN(out.column, field(aggregation.column, column_node));
    RETURN_IF_ERROR(check_column(aggregation, out.column, column_node));
    mask.column = out.column;
  }
  if (!aggregation.filter.empty()) {
    ASSIGN_OR_RETURN(mask.filter, plan_.add_filter(aggregation.filter, place_of(node, {"filter"})));
  }
  if (mask.column >= 0 || mask.filter >= 0) out.mask = plan_.layout.add_mask(mask);
  if (function == Function::kDistinct)
    out.distinct = plan_.layout.add_distinct({out.column, out.mask});
  if (groups(function)) {
    ASSIGN_OR_RETURN(out.group, group_field(aggregation, place_of(node, {"group_by"})));
  }
  if (!needs_column(function) && !groups(function)) out.column = -1;  // the mask says it all
  set_type(use);
  return use;
}

void SlotCompiler::set_type(SlotUse& use) const {
  const auto field_type = [&] {
    return use.aggregate.column < 0 ? expr::kIntType
                                    : plan_.fields[static_cast<size_t>(use.aggregate.column)].type;
  };
  const expr::Type column = field_type();
  const bool decimal = column.is(expr::TypeKind::kDecimal);
  switch (use.aggregate.function) {
    case Function::kCount:
    case Function::kDistinct:
    case Function::kDistinctHll:
    case Function::kStreak:
      use.type = expr::kIntType;
      break;
    case Function::kSum:
      use.type = column.is(expr::TypeKind::kBool) ? expr::kIntType : column;
      break;
    case Function::kMin:
    case Function::kMax:
    case Function::kLast:
    case Function::kFirst:
    case Function::kLatest:
      use.type = column;
      break;
    case Function::kTimeSince:
      use.type = expr::kRealType;
      use.unit = SlotUnit::kDays;
      break;
    case Function::kGroups:
      use.type = expr::kRealType;
      [[fallthrough]];
    case Function::kMean:
    case Function::kStd:
    case Function::kPercentile:
      use.type = expr::kRealType;
      if (decimal) {
        use.unit = SlotUnit::kScaled;
        use.scale = column.scale;
      }
      break;
    case Function::kTopK:
      use.type = expr::kTextType;
      break;
    case Function::kEntropy:
      use.type = expr::kRealType;
      break;
  }
}

ValueType SlotCompiler::value_type(const SlotUse& use) const {
  if (use.aggregate.function == Function::kGroups) {
    return {Shape::kVector, expr::kRealType, static_cast<int>(feature_.groups.size()),
            feature_.groups};
  }
  if (use.aggregate.function == Function::kTopK && use.aggregate.k > 1)
    return {.shape = Shape::kTexts, .type = expr::kTextType};
  return {.type = use.type};
}

}  // namespace coterie::features
