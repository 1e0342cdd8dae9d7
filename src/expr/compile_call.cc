#include "expr/compiler_internal.h"
#include "expr/number_text.h"

namespace coterie::expr {

Slot Compiler::nullif(const Node& node) {
  const Lane lane = lane_of(node.type);
  const Slot value = child(node, 0);
  const Slot same = compare_kept(Operator::kEqual, *node.children[0], value, *node.children[1]);
  return emit(null_where_kernel(lane), lane, {same, value});
}

Slot Compiler::rounded(const Node& node) {
  const Type from = node.children[0]->type;
  const bool has_digits = node.children.size() > 1;
  const int64_t digits = has_digits ? node.children[1]->value.integer : 0;
  const Slot slot = child(node, 0);
  if (from.is(TypeKind::kInt)) return slot;
  int64_t parameter = digits;
  if (from.is(TypeKind::kDecimal)) {
    if (digits >= from.scale) return slot;
    parameter = kPowersOfTen[from.scale - digits];
  }
  return emit(math_kernel(node.function->id, from, has_digits), lane_of(node.type), {slot},
              parameter);
}

Slot Compiler::to_decimal(const Node& node) {
  const Type from = node.children[0]->type;
  const Slot slot = child(node, 0);
  if (from.is(TypeKind::kReal)) {
    return emit(real_to_decimal_kernel(), Lane::kInteger, {slot}, kPowersOfTen[node.type.scale]);
  }
  const int shift = node.type.scale - from.scale;
  if (shift < 0) return emit(scale_down_kernel(), Lane::kInteger, {slot}, kPowersOfTen[-shift]);
  return emit(scale_up_kernel(), Lane::kInteger, {slot}, kPowersOfTen[shift]);
}

// to_int and to_real.
Slot Compiler::to_number(const Node& node) {
  const Type from = node.children[0]->type;
  const Lane lane = lane_of(node.type);
  const Slot slot = child(node, 0);
  if (from.is(TypeKind::kText)) return emit(text_to_kernel(node.type), lane, {slot});
  if (from.kind == node.type.kind) return slot;
  if (node.type.is(TypeKind::kReal)) {
    return emit(decimal_to_real_kernel(), lane, {slot}, from.scale);
  }
  if (from.is(TypeKind::kReal)) return emit(real_to_int_kernel(), lane, {slot});
  return emit(scale_down_kernel(), lane, {slot}, kPowersOfTen[from.scale]);
}

Slot Compiler::to_text(const Node& node) {
  const Type from = node.children[0]->type;
  const Slot slot = child(node, 0);
  if (from.is(TypeKind::kText)) return slot;
  return emit(to_text_kernel(from), Lane::kText, {slot}, from.scale);
}

// The day of a text, timestamp or date.
Slot Compiler::to_date(const Node& node) {
  const Slot slot = compile(node);
  if (node.type.is(TypeKind::kDate)) return slot;
  if (node.type.is(TypeKind::kText)) return emit(text_to_kernel(kDateType), Lane::kInteger, {slot});
  return emit(time_kernel(FunctionId::kToDate, node.type), Lane::kInteger, {slot});
}

Slot Compiler::plain_call(const Node& node, Kernel kernel) {
  std::vector<Slot> operands;
  for (const NodePtr& argument : node.children) operands.push_back(compile(*argument));
  return emit(kernel, lane_of(node.type), operands);
}

Slot Compiler::call(const Node& node) {
  const FunctionId id = node.function->id;
  const Type first = node.children[0]->type;
  const Lane lane = lane_of(node.type);
  switch (id) {
    case FunctionId::kCoalesce:
      return fold_children(node, coalesce_kernel(lane));
    case FunctionId::kLeast:
      return fold_children(node, least_kernel(lane));
    case FunctionId::kGreatest:
      return fold_children(node, greatest_kernel(lane));
    case FunctionId::kNullif:
      return nullif(node);
    case FunctionId::kRound:
    case FunctionId::kFloor:
    case FunctionId::kCeil:
      return rounded(node);
    case FunctionId::kAbs:
    case FunctionId::kLn:
    case FunctionId::kLog10:
    case FunctionId::kExp:
    case FunctionId::kSqrt:
    case FunctionId::kPow:
      return plain_call(node, math_kernel(id, first, false));
    case FunctionId::kToText:
      return to_text(node);
    case FunctionId::kToInt:
    case FunctionId::kToReal:
      return to_number(node);
    case FunctionId::kToDecimal:
      return to_decimal(node);
    case FunctionId::kToDate:
      return to_date(*node.children[0]);
    case FunctionId::kYear:
    case FunctionId::kMonth:
    case FunctionId::kDay:
    case FunctionId::kWeekday:
    case FunctionId::kHour:
      return plain_call(node, time_kernel(id, first));
    case FunctionId::kDaysBetween: {
      const Slot from = to_date(*node.children[0]);
      const Slot to = to_date(*node.children[1]);
      return emit(days_between_kernel(), Lane::kInteger, {from, to});
    }
    default:
      return plain_call(node, text_kernel(id));
  }
}

}  // namespace coterie::expr
