#include <algorithm>
#include <string>
#include <utility>

#include "base/nearest_name.h"
#include "expr/checker_internal.h"

namespace coterie::expr {
namespace {

constexpr int64_t kMaxDigits = 15;

std::string arity_text(const Function& function) {
  const auto plural = [](int n) {
    return std::to_string(n) + (n == 1 ? " argument" : " arguments");
  };
  if (function.max_arguments < 0) return "at least " + plural(function.min_arguments);
  if (function.min_arguments == function.max_arguments) return plural(function.min_arguments);
  return std::to_string(function.min_arguments) + " to " + plural(function.max_arguments);
}

// The type that a null literal takes, and what errors call the rule.
struct RuleRow {
  ArgumentRule rule;
  Type null_type;
  std::string_view wanted;
};
constexpr RuleRow kRules[] = {
    {ArgumentRule::kCommon, {}, "a value"},
    {ArgumentRule::kAny, {}, "a value"},
    {ArgumentRule::kNumber, {}, "a number"},
    {ArgumentRule::kReal, kRealType, "a number"},
    {ArgumentRule::kInt, kIntType, "an int"},
    {ArgumentRule::kDigits, {}, "an int literal from 0 to 15"},
    {ArgumentRule::kText, kTextType, "text"},
    {ArgumentRule::kNumberOrText, {}, "a number or text"},
    {ArgumentRule::kTextOrMoment, {}, "text, a date or a timestamp"},
    {ArgumentRule::kMoment, {}, "a date or a timestamp"},
    {ArgumentRule::kTimestamp, kTimestampType, "a timestamp"},
};

bool accepts(ArgumentRule rule, const Node& argument) {
  const Type type = argument.type;
  const bool moment = type.is(TypeKind::kDate) || type.is(TypeKind::kTimestamp);
  switch (rule) {
    case ArgumentRule::kCommon:
    case ArgumentRule::kAny:
      return true;
    case ArgumentRule::kNumber:
    case ArgumentRule::kReal:
      return type.is_number();
    case ArgumentRule::kInt:
      return type.is(TypeKind::kInt);
    case ArgumentRule::kDigits:
      return argument.is(NodeKind::kLiteral) && type.is(TypeKind::kInt) && !argument.value.null &&
             argument.value.integer >= 0 && argument.value.integer <= kMaxDigits;
    case ArgumentRule::kText:
      return type.is(TypeKind::kText);
    case ArgumentRule::kNumberOrText:
      return type.is_number() || type.is(TypeKind::kText);
    case ArgumentRule::kTextOrMoment:
      return moment || type.is(TypeKind::kText);
    case ArgumentRule::kMoment:
      return moment;
    case ArgumentRule::kTimestamp:
      return type.is(TypeKind::kTimestamp);
  }
  return false;
}

std::string argument_mend(ArgumentRule rule, Type have) {
  const bool text = have.is(TypeKind::kText);
  switch (rule) {
    case ArgumentRule::kText:
      return "convert it with to_text(...)";
    case ArgumentRule::kNumber:
    case ArgumentRule::kReal:
      return text ? "convert it with to_int(...) or to_real(...)" : "";
    case ArgumentRule::kInt:
      return "convert it with to_int(...)";
    case ArgumentRule::kMoment:
      return text ? "write date '2024-01-31', or convert it with to_date(...)" : "";
    default:
      return {};
  }
}

}  // namespace

Error unknown_function(const Origin& origin, Place place, const std::string& name) {
  std::string mend(foreign_function_mend(name));
  if (mend.empty()) {
    mend = nearest_mend(name, function_names(),
                        "the functions are listed in the reference of expressions");
  }
  return error_at(origin, place, "unknown function '" + name + "'", std::move(mend));
}

Status Checker::check_argument(Node& node, size_t position, ArgumentRule rule) {
  NodePtr& argument = node.children[position];
  const RuleRow& row = *std::ranges::find(kRules, rule, &RuleRow::rule);
  if (argument->is_null_literal()) {
    convert_to(argument, row.null_type);
    return refuse_null(*argument);
  }
  if (!accepts(rule, *argument)) {
    std::string which =
        node.children.size() > 1 ? "argument " + std::to_string(position + 1) + " of " : "";
    return fail(*argument,
                which + node.text + " must be " + std::string(row.wanted) +
                    (rule == ArgumentRule::kDigits ? "" : ", not " + argument->type.to_text()),
                argument_mend(rule, argument->type));
  }
  if (rule == ArgumentRule::kReal) convert_to(argument, kRealType);
  return {};
}

Status Checker::check_offsets(const Node& node) const {
  for (size_t i = 1; i < node.children.size(); ++i) {
    const Node& offset = *node.children[i];
    const bool starts = node.function->id == FunctionId::kSubstr && i == 1;
    const int64_t least = starts ? 1 : 0;
    if (!offset.is(NodeKind::kLiteral) || offset.value.null || offset.value.integer >= least) {
      continue;
    }
    return fail(offset,
                std::string(starts ? "characters are counted from 1"
                                   : "a number of characters cannot be negative"),
                starts ? "write right(s, n) for the last n characters" : "write a number from 0");
  }
  return {};
}

Status Checker::check_call(Node& node) {
  node.function = find_function(node.text);
  if (node.function == nullptr) {
    return unknown_function(origin_, node.place, node.text);
  }
  const Function& function = *node.function;
  node.text = function.name;
  const int count = static_cast<int>(node.children.size());
  if (count < function.min_arguments ||
      (function.max_arguments >= 0 && count > function.max_arguments)) {
    return fail(node,
                node.text + " takes " + arity_text(function) + ", not " + std::to_string(count),
                "write " + std::string(function.usage));
  }
  if (function.first == ArgumentRule::kCommon) {
    ASSIGN_OR_RETURN(node.type, unify(node, 0, "the arguments of " + node.text));
  } else {
    for (size_t i = 0; i < node.children.size(); ++i) {
      RETURN_IF_ERROR(check_argument(node, i, i == 0 ? function.first : function.rest));
    }
  }
  if (function.id == FunctionId::kSubstr || function.id == FunctionId::kRight) {
    RETURN_IF_ERROR(check_offsets(node));
  }
  node.type = result_type(node);
  return {};
}

Type Checker::result_type(const Node& node) const {
  const Type first = node.children[0]->type;
  const bool has_digits = node.children.size() > 1;
  switch (node.function->result) {
    case ResultRule::kCommon:
      return node.type;
    case ResultRule::kFirst:
      return first;
    case ResultRule::kRounded:
      if (!first.is(TypeKind::kDecimal)) return first;
      if (!has_digits) return kIntType;
      return decimal_type(
          std::min<int>(first.scale, static_cast<int>(node.children[1]->value.integer)));
    case ResultRule::kDecimal:
      return decimal_type(static_cast<int>(node.children[1]->value.integer));
    case ResultRule::kBool:
      return kBoolType;
    case ResultRule::kInt:
      return kIntType;
    case ResultRule::kReal:
      return kRealType;
    case ResultRule::kText:
      return kTextType;
    case ResultRule::kDate:
      return kDateType;
  }
  return {};
}

}  // namespace coterie::expr
