#pragma once
// The typed syntax tree. The parser builds it without types, the checker adds types and conversion
// nodes; printer, SQL writer and compiler read it. Immutable once checked.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "expr/functions.h"
#include "expr/place.h"
#include "expr/types.h"

namespace coterie::expr {

enum class NodeKind : uint8_t {
  kLiteral,     // value, text
  kColumn,      // text = name, index = position in columns()
  kConvert,     // children[0] brought to `type`; inserted by the checker, never written by the user
  kNegate,      // - children[0]
  kNot,         // not children[0]
  kArithmetic,  // children[0] op children[1]
  kCompare,     // children[0] op children[1]
  kAnd,         // all children
  kOr,          // any child
  kIn,          // children[0] [not] in (children[1..])
  kBetween,     // children[0] [not] between children[1] and children[2]
  kLike,        // children[0] [not] like children[1]
  kIsNull,      // children[0] is [not] null
  kCase,        // pairs condition, value; then the else value (always there after checking)
  kCall,        // function(children...)
};

enum class Operator : uint8_t {
  kNone,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
};
std::string_view operator_text(Operator op);

struct Node;
using NodePtr = std::unique_ptr<Node>;

struct Node {
  NodeKind kind = NodeKind::kLiteral;
  Operator op = Operator::kNone;
  bool negated = false;  // not in, not between, not like, is not null
  Place place;
  Type type;
  Value value;       // of a literal; `value.text` is empty, the text stands in `text`
  std::string text;  // a text literal's text, a column's name, an unresolved function's name
  int index = -1;    // of a column
  int depth = 1;     // of the tree below and including this node; conversions do not count
  const Function* function = nullptr;
  std::vector<NodePtr> children;

  bool is(NodeKind other) const { return kind == other; }
  bool is_null_literal() const {
    return kind == NodeKind::kLiteral && type.kind == TypeKind::kNull;
  }
};

void add_child(Node& node, NodePtr child);
NodePtr make_node(NodeKind kind, Place place);
NodePtr make_node(NodeKind kind, Place place, NodePtr child);
NodePtr make_node(NodeKind kind, Place place, NodePtr left, NodePtr right);

}  // namespace coterie::expr
