#include "expr/checker.h"

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"
#include "expr/checker_internal.h"

namespace coterie::expr {
namespace {

std::string conversion_mend(Type have, Type want) {
  if (want.is(TypeKind::kText)) return "convert it with to_text(...)";
  if (have.is(TypeKind::kText) && want.is_number())
    return "convert it with to_int(...) or to_real(...)";
  if (have.is(TypeKind::kText) && want.is(TypeKind::kDate)) {
    return "write date '2024-01-31', or convert it with to_date(...)";
  }
  if (have.is(TypeKind::kText) && want.is(TypeKind::kTimestamp)) {
    return "write timestamp '2024-01-31 09:05:00'";
  }
  if (have.is(TypeKind::kTimestamp) && want.is(TypeKind::kDate)) {
    return "convert it with to_date(...), the day in UTC";
  }
  return {};
}

// What mends a meeting of two types that do not mix: text and a moment most of all.
std::string meeting_mend(Type left, Type right) {
  const bool dates = left.is(TypeKind::kDate) || right.is(TypeKind::kDate);
  const bool times = left.is(TypeKind::kTimestamp) || right.is(TypeKind::kTimestamp);
  if (dates && times) return "convert the timestamp with to_date(...), the day in UTC";
  const Type other = left.is(TypeKind::kText) ? right : left;
  if ((left.is(TypeKind::kText) || right.is(TypeKind::kText)) && other.is_number()) {
    return "convert the text with to_int(...) or to_real(...), or the number with to_text(...)";
  }
  const std::string mend = conversion_mend(right, left);
  return mend.empty() || left.is(TypeKind::kText) ? conversion_mend(left, right) : mend;
}

std::string some_names(const std::vector<std::string>& names) {
  constexpr size_t kShown = 12;
  std::string list;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    list += (i > 0 ? ", " : "") + names[i];
  }
  if (names.size() > kShown) list += ", ... (" + std::to_string(names.size()) + " columns)";
  return list;
}

}  // namespace

std::optional<Type> common_type(Type a, Type b) {
  if (a.is(TypeKind::kNull)) return b;
  if (b.is(TypeKind::kNull) || a == b) return a;
  if (!a.is_number() || !b.is_number()) return std::nullopt;
  if (a.is(TypeKind::kReal) || b.is(TypeKind::kReal)) return kRealType;
  return decimal_type(std::max(a.scale, b.scale));
}

void convert_to(NodePtr& node, Type type) {
  if (node->type == type) return;
  if (node->is_null_literal()) {
    node->type = type;
    return;
  }
  const Place place = node->place;
  const int depth = node->depth;
  node = make_node(NodeKind::kConvert, place, std::move(node));
  node->depth = depth;
  node->type = type;
}

Status Checker::check(NodePtr& node) {
  RETURN_IF_ERROR(check_children(*node));
  switch (node->kind) {
    case NodeKind::kLiteral:
    case NodeKind::kConvert:
      return {};
    case NodeKind::kColumn:
      return check_column(*node);
    case NodeKind::kNegate:
      return check_negate(*node);
    case NodeKind::kArithmetic:
      return check_arithmetic(*node);
    case NodeKind::kCompare:
    case NodeKind::kIn:
    case NodeKind::kBetween:
      return check_compare(*node);
    case NodeKind::kLike:
      return check_like(*node);
    case NodeKind::kIsNull:
      node->type = kBoolType;
      return refuse_null(*node->children[0]);
    case NodeKind::kNot:
    case NodeKind::kAnd:
    case NodeKind::kOr:
      return check_logic(*node);
    case NodeKind::kCase:
      return check_case(*node);
    case NodeKind::kCall:
      return check_call(*node);
  }
  return {};
}

Status Checker::check_children(Node& node) {
  for (NodePtr& child : node.children) RETURN_IF_ERROR(check(child));
  return {};
}

Status Checker::refuse_null(const Node& node) const {
  if (!node.is_null_literal()) return {};
  return fail(node, "nothing here says which type this null has",
              "leave it out, or convert a column in its place");
}

Status Checker::check_column(Node& node) {
  const Column* column = schema_.find(node.text);
  if (column == nullptr) {
    const std::string nearest = nearest_name(node.text, schema_.names());
    std::string mend = "the columns are " + some_names(schema_.names());
    if (schema_.columns().empty()) mend = "there are no columns here: write a constant";
    if (!nearest.empty()) mend = "did you mean '" + nearest + "'?";
    return fail(node, "unknown column '" + node.text + "'", std::move(mend));
  }
  node.type = column->type;
  const auto same = [column](const Column& used) { return used.name == column->name; };
  const auto found = std::ranges::find_if(columns_, same);
  node.index = static_cast<int>(found - columns_.begin());
  if (found == columns_.end()) columns_.push_back(*column);
  return {};
}

Status Checker::check_negate(Node& node) {
  const Node& operand = *node.children[0];
  RETURN_IF_ERROR(refuse_null(operand));
  if (!operand.type.is_number()) {
    return fail(operand, "'-' needs a number, not " + operand.type.to_text(),
                conversion_mend(operand.type, kIntType));
  }
  node.type = operand.type;
  return {};
}

Status Checker::check_arithmetic(Node& node) {
  NodePtr& left = node.children[0];
  NodePtr& right = node.children[1];
  if (left->is_null_literal()) convert_to(left, right->type);
  if (right->is_null_literal()) convert_to(right, left->type);
  RETURN_IF_ERROR(refuse_null(*left));
  for (const NodePtr& operand : node.children) {
    if (operand->type.is_number()) continue;
    const bool moments = left->type == right->type && operand->type.kind >= TypeKind::kDate;
    std::string mend = moments && node.op == Operator::kSubtract
                           ? "write days_between(a, b)"
                           : conversion_mend(operand->type, kIntType);
    if (node.op == Operator::kAdd && operand->type.is(TypeKind::kText)) {
      mend = "join texts with concat(a, b), convert numbers with to_int(...) or to_real(...)";
    }
    return fail(*operand,
                "'" + std::string(operator_text(node.op)) + "' needs numbers, not " +
                    operand->type.to_text(),
                std::move(mend));
  }
  const Type common = *common_type(left->type, right->type);
  const int product_scale = left->type.scale + right->type.scale;
  node.type = common;
  if (common.is(TypeKind::kDecimal) && node.op == Operator::kMultiply) {
    const bool by_int = product_scale == common.scale;
    node.type =
        by_int || product_scale <= kMaxProductScale ? decimal_type(product_scale) : kRealType;
  }
  if (node.op == Operator::kDivide) node.type = kRealType;
  if (node.type.is(TypeKind::kReal)) {
    convert_to(left, kRealType);
    convert_to(right, kRealType);
  }
  return {};
}

Status Checker::make_comparable(Node& node) {
  const Type first = node.children[0]->type;
  bool any_real = false;
  for (NodePtr& child : node.children) {
    if (child->is_null_literal()) convert_to(child, first);
    if (!common_type(first, child->type)) {
      return fail(*child, "cannot compare " + first.to_text() + " with " + child->type.to_text(),
                  meeting_mend(first, child->type));
    }
    any_real = any_real || child->type.is(TypeKind::kReal);
  }
  if (!any_real) return {};
  for (NodePtr& child : node.children) convert_to(child, kRealType);
  return {};
}

Status Checker::check_compare(Node& node) {
  node.type = kBoolType;
  const size_t tested = node.is(NodeKind::kIn) ? 1 : node.children.size();
  for (size_t i = 0; i < tested; ++i) {
    if (!node.children[i]->is_null_literal()) continue;
    return fail(*node.children[i], "a comparison with null is never true",
                "write x is null or x is not null");
  }
  return make_comparable(node);
}

Status Checker::check_like(Node& node) {
  node.type = kBoolType;
  for (NodePtr& child : node.children) {
    if (child->is_null_literal()) convert_to(child, kTextType);
    if (child->type.is(TypeKind::kText)) continue;
    return fail(*child, "'like' needs text, not " + child->type.to_text(),
                conversion_mend(child->type, kTextType));
  }
  return {};
}

Status Checker::check_logic(Node& node) {
  node.type = kBoolType;
  const std::string_view name = node.is(NodeKind::kNot)   ? "not"
                                : node.is(NodeKind::kAnd) ? "and"
                                                          : "or";
  for (NodePtr& child : node.children) {
    if (child->is_null_literal()) convert_to(child, kBoolType);
    if (child->type.is(TypeKind::kBool)) continue;
    return fail(*child,
                "'" + std::string(name) + "' needs conditions (bool), not " + child->type.to_text(),
                child->type.is_number() ? "write x <> 0" : "write a comparison");
  }
  return {};
}

Status Checker::check_case(Node& node) {
  if (node.children.size() % 2 == 0) {
    add_child(node, make_node(NodeKind::kLiteral, node.place));
  }
  Node values;
  std::vector<NodePtr> conditions;
  for (size_t i = 0; i < node.children.size(); ++i) {
    const bool condition = i % 2 == 0 && i + 1 < node.children.size();
    (condition ? conditions : values.children).push_back(std::move(node.children[i]));
  }
  for (NodePtr& condition : conditions) {
    if (condition->is_null_literal()) convert_to(condition, kBoolType);
    if (condition->type.is(TypeKind::kBool)) continue;
    return fail(*condition, "'when' needs a condition (bool), not " + condition->type.to_text(),
                condition->type.is_number() ? "write x <> 0" : "write a comparison");
  }
  values.place = node.place;
  ASSIGN_OR_RETURN(node.type, unify(values, 0, "the values of a case"));
  node.children.clear();
  for (size_t i = 0; i < conditions.size(); ++i) {
    node.children.push_back(std::move(conditions[i]));
    node.children.push_back(std::move(values.children[i]));
  }
  node.children.push_back(std::move(values.children.back()));
  return {};
}

Result<Type> Checker::unify(Node& node, size_t first, std::string_view what) {
  Type common;
  for (size_t i = first; i < node.children.size(); ++i) {
    const Node& child = *node.children[i];
    const auto wider = common_type(common, child.type);
    if (!wider) {
      return fail(child,
                  std::string(what) + " mix " + common.to_text() + " and " + child.type.to_text(),
                  meeting_mend(common, child.type));
    }
    common = *wider;
  }
  if (common.is(TypeKind::kNull)) RETURN_IF_ERROR(refuse_null(*node.children[first]));
  for (size_t i = first; i < node.children.size(); ++i) convert_to(node.children[i], common);
  return common;
}

Status check_types(NodePtr& tree, const Schema& schema, const Origin& origin,
                   std::vector<Column>& columns) {
  RETURN_IF_ERROR(Checker(schema, origin, columns).check(tree));
  if (!tree->type.is(TypeKind::kNull)) return {};
  return error_at(origin, tree->place, "nothing here says which type this null has",
                  "write an expression with a type");
}

}  // namespace coterie::expr
