#pragma once
// The checker's class, shared by its files: operators and columns (checker.cc), function calls
// (check_call.cc).

#include <string>
#include <vector>

#include "expr/checker.h"

namespace coterie::expr {

class Checker {
 public:
  Checker(const Schema& schema, const Origin& origin, std::vector<Column>& columns)
      : schema_(schema), origin_(origin), columns_(columns) {}

  Status check(NodePtr& node);

 private:
  Status check_children(Node& node);
  Status check_column(Node& node);
  Status check_negate(Node& node);
  Status check_arithmetic(Node& node);
  Status check_compare(Node& node);
  Status check_like(Node& node);
  Status check_case(Node& node);
  Status check_logic(Node& node);
  Status check_call(Node& node);
  Status check_argument(Node& node, size_t position, ArgumentRule rule);
  // Literal positions and lengths of substr and right.
  Status check_offsets(const Node& node) const;
  Type result_type(const Node& node) const;

  // Brings children [first, end) to their common type, which is returned.
  Result<Type> unify(Node& node, size_t first, std::string_view what);
  // Makes all children comparable with the first; reals make all of them real.
  Status make_comparable(Node& node);
  Status refuse_null(const Node& node) const;
  Error fail(const Node& node, std::string message, std::string mend = {}) const {
    return error_at(origin_, node.place, std::move(message), std::move(mend));
  }

  const Schema& schema_;
  const Origin& origin_;
  std::vector<Column>& columns_;
};

// Replaces `node` by its conversion to `type`; a null literal just takes the type.
void convert_to(NodePtr& node, Type type);

}  // namespace coterie::expr
