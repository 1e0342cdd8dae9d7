#include "expr/ast.h"

#include <algorithm>
#include <utility>

namespace coterie::expr {

std::string_view operator_text(Operator op) {
  switch (op) {
    case Operator::kNone:
      return "";
    case Operator::kAdd:
      return "+";
    case Operator::kSubtract:
      return "-";
    case Operator::kMultiply:
      return "*";
    case Operator::kDivide:
      return "/";
    case Operator::kModulo:
      return "%";
    case Operator::kEqual:
      return "=";
    case Operator::kNotEqual:
      return "<>";
    case Operator::kLess:
      return "<";
    case Operator::kLessEqual:
      return "<=";
    case Operator::kGreater:
      return ">";
    case Operator::kGreaterEqual:
      return ">=";
  }
  return "";
}

void add_child(Node& node, NodePtr child) {
  node.depth = std::max(node.depth, child->depth + 1);
  node.children.push_back(std::move(child));
}

NodePtr make_node(NodeKind kind, Place place) {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->place = place;
  return node;
}

NodePtr make_node(NodeKind kind, Place place, NodePtr child) {
  auto node = make_node(kind, place);
  add_child(*node, std::move(child));
  return node;
}

NodePtr make_node(NodeKind kind, Place place, NodePtr left, NodePtr right) {
  auto node = make_node(kind, place, std::move(left));
  add_child(*node, std::move(right));
  return node;
}

}  // namespace coterie::expr
