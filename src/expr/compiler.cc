#include <algorithm>
#include <utility>

#include "expr/compiler_internal.h"
#include "expr/number_text.h"

namespace coterie::expr {

Program compile_program(const Node& tree, const std::vector<Column>& columns) {
  return Compiler(columns).run(tree);
}

Compiler::Compiler(const std::vector<Column>& columns) {
  for (const Column& column : columns) program_.inputs.push_back(lane_of(column.type));
}

Program Compiler::run(const Node& tree) {
  Slot result = compile(tree);
  if (tree.type.is(TypeKind::kReal)) result = emit(finite_kernel(), Lane::kReal, {result});
  program_.result = number(result);
  program_.result_lane = lane_of(tree.type);
  for (const Slot slot : operands_) program_.operands.push_back(number(slot));
  return std::move(program_);
}

int Compiler::number(Slot slot) const {
  const auto index = static_cast<size_t>(slot.index);
  switch (slot.group) {
    case Slot::Group::kRegister:
      return slot.index;
    case Slot::Group::kConstant:
      return program_.slot_of_constant(index);
    case Slot::Group::kInput:
      return program_.slot_of_input(index);
  }
  return 0;
}

Slot Compiler::take_register(Lane lane) {
  auto& free = free_[static_cast<size_t>(lane)];
  if (free.empty()) {
    program_.registers.push_back(lane);
    return {Slot::Group::kRegister, static_cast<int>(program_.registers.size()) - 1};
  }
  const int index = free.back();
  free.pop_back();
  return {Slot::Group::kRegister, index};
}

void Compiler::give_back(Slot slot) {
  if (slot.group != Slot::Group::kRegister) return;
  const Lane lane = program_.registers[static_cast<size_t>(slot.index)];
  free_[static_cast<size_t>(lane)].push_back(slot.index);
}

Slot Compiler::emit(Kernel kernel, Lane lane, const std::vector<Slot>& operands, int64_t first,
                    int64_t second) {
  CHECK(kernel != nullptr);
  const Slot out = take_register(lane);
  program_.instructions.push_back({kernel, out.index, static_cast<int>(operands_.size()),
                                   static_cast<int>(operands.size()), first, second});
  for (const Slot slot : operands) {
    operands_.push_back(slot);
    give_back(slot);
  }
  return out;
}

Slot Compiler::compile(const Node& node) {
  switch (node.kind) {
    case NodeKind::kLiteral:
      return literal(node);
    case NodeKind::kColumn:
      return {Slot::Group::kInput, node.index};
    case NodeKind::kConvert:
      return convert(node);
    case NodeKind::kNegate:
      return emit(negate_kernel(node.type), lane_of(node.type), {child(node, 0)});
    case NodeKind::kNot:
      return emit(not_kernel(), Lane::kInteger, {child(node, 0)});
    case NodeKind::kArithmetic:
      return arithmetic(node);
    case NodeKind::kCompare:
      return compare(node);
    case NodeKind::kAnd:
      return fold_children(node, and_kernel());
    case NodeKind::kOr:
      return fold_children(node, or_kernel());
    case NodeKind::kIn:
      return in_list(node);
    case NodeKind::kBetween:
      return between(node);
    case NodeKind::kLike: {
      const Slot text = child(node, 0);
      return invert_if(node.negated, emit(like_kernel(), Lane::kInteger, {text, child(node, 1)}));
    }
    case NodeKind::kIsNull:
      return emit(is_null_kernel(node.negated), Lane::kInteger, {child(node, 0)});
    case NodeKind::kCase:
      return case_when(node);
    case NodeKind::kCall:
      return call(node);
  }
  return {};
}

Slot Compiler::literal(const Node& node) {
  Value value = node.value;
  value.text = node.text;
  program_.constants.push_back({lane_of(node.type), value});
  return {Slot::Group::kConstant, static_cast<int>(program_.constants.size()) - 1};
}

Slot Compiler::convert(const Node& node) {
  const Type from = node.children[0]->type;
  const Slot slot = child(node, 0);
  if (node.type.is(TypeKind::kReal)) {
    return emit(decimal_to_real_kernel(), Lane::kReal, {slot}, from.scale);
  }
  const int shift = node.type.scale - from.scale;
  return emit(scale_up_kernel(), Lane::kInteger, {slot}, kPowersOfTen[shift]);
}

Slot Compiler::arithmetic(const Node& node) {
  const Slot a = child(node, 0);
  const Slot b = child(node, 1);
  int64_t first = 1;
  int64_t second = 1;
  if (node.type.is(TypeKind::kDecimal) && node.op != Operator::kMultiply) {
    first = kPowersOfTen[node.type.scale - node.children[0]->type.scale];
    second = kPowersOfTen[node.type.scale - node.children[1]->type.scale];
  }
  return emit(arithmetic_kernel(node.op, node.type), lane_of(node.type), {a, b}, first, second);
}

Slot Compiler::compare_kept(Operator op, const Node& left_node, Slot left, const Node& right_node) {
  const Slot right = compile(right_node);
  const int a = left_node.type.scale;
  const int b = right_node.type.scale;
  const int common = std::max(a, b);
  const Kernel kernel =
      a == b ? compare_kernel(op, lane_of(left_node.type)) : scaled_compare_kernel(op);
  const Slot out = take_register(Lane::kInteger);
  program_.instructions.push_back({kernel, out.index, static_cast<int>(operands_.size()), 2,
                                   kPowersOfTen[common - a], kPowersOfTen[common - b]});
  operands_.push_back(left);
  operands_.push_back(right);
  give_back(right);
  return out;
}

Slot Compiler::compare(const Node& node) {
  const Slot left = child(node, 0);
  const Slot out = compare_kept(node.op, *node.children[0], left, *node.children[1]);
  give_back(left);
  return out;
}

Slot Compiler::invert_if(bool negated, Slot slot) {
  return negated ? emit(not_kernel(), Lane::kInteger, {slot}) : slot;
}

Slot Compiler::fold_children(const Node& node, Kernel kernel) {
  Slot all = child(node, 0);
  for (size_t i = 1; i < node.children.size(); ++i) {
    const Slot next = child(node, i);
    all = emit(kernel, lane_of(node.type), {all, next});
  }
  return all;
}

// x in (a, b) is x = a or x = b, with the nulls of `or`.
Slot Compiler::in_list(const Node& node) {
  const Node& needle = *node.children[0];
  const Slot left = compile(needle);
  Slot any = compare_kept(Operator::kEqual, needle, left, *node.children[1]);
  for (size_t i = 2; i < node.children.size(); ++i) {
    const Slot hit = compare_kept(Operator::kEqual, needle, left, *node.children[i]);
    any = emit(or_kernel(), Lane::kInteger, {any, hit});
  }
  give_back(left);
  return invert_if(node.negated, any);
}

Slot Compiler::between(const Node& node) {
  const Node& needle = *node.children[0];
  const Slot left = compile(needle);
  const Slot low = compare_kept(Operator::kGreaterEqual, needle, left, *node.children[1]);
  const Slot high = compare_kept(Operator::kLessEqual, needle, left, *node.children[2]);
  give_back(left);
  return invert_if(node.negated, emit(and_kernel(), Lane::kInteger, {low, high}));
}

// From the last branch to the first, each choosing between its value and what follows.
Slot Compiler::case_when(const Node& node) {
  const Lane lane = lane_of(node.type);
  Slot chosen = compile(*node.children.back());
  for (size_t pair = node.children.size() / 2; pair-- > 0;) {
    const Slot condition = child(node, 2 * pair);
    const Slot value = child(node, 2 * pair + 1);
    chosen = emit(select_kernel(lane), lane, {condition, value, chosen});
  }
  return chosen;
}

}  // namespace coterie::expr
