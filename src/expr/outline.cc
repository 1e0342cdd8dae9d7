#include "expr/outline.h"

#include <algorithm>

#include "expr/checker.h"
#include "expr/parser.h"
#include "expr/printer.h"

namespace coterie::expr {
namespace {

Status visit(Node& node, const Origin& origin, std::vector<NameUse>& names) {
  if (node.is(NodeKind::kColumn) &&
      std::ranges::find(names, node.text, &NameUse::name) == names.end()) {
    names.push_back({node.text, node.place});
  }
  if (node.is(NodeKind::kCall)) {
    const Function* function = find_function(node.text);
    if (function == nullptr) return unknown_function(origin, node.place, node.text);
    node.text = function->name;
  }
  for (NodePtr& child : node.children) RETURN_IF_ERROR(visit(*child, origin, names));
  return {};
}

}  // namespace

Result<Outline> outline_expression(std::string_view text, const Origin& origin) {
  ASSIGN_OR_RETURN(const NodePtr tree, parse_tree(text, origin));
  Outline outline;
  RETURN_IF_ERROR(visit(*tree, origin, outline.names));
  outline.text = print_tree(*tree);
  return outline;
}

}  // namespace coterie::expr
