#pragma once
// Tokens to an untyped tree, by precedence climbing.

#include <string_view>

#include "base/result.h"
#include "expr/ast.h"

namespace coterie::expr {

// Bounds on what is read from outside; beyond them parsing fails with the bound in the message.
inline constexpr size_t kMaxLength = 16384;  // bytes of text
inline constexpr int kMaxDepth = 100;        // operators and functions inside one another

// Errors: kInvalidInput with line, column and mend; also of a text beyond kMaxLength.
Result<NodePtr> parse_tree(std::string_view text, const Origin& origin);

}  // namespace coterie::expr
