#pragma once
// Literal tokens to literal nodes.

#include "base/result.h"
#include "expr/ast.h"
#include "expr/lexer.h"

namespace coterie::expr {

// Of kInteger, kDecimal or kReal; the text may begin with "-". Integers beyond 64 bits and reals
// beyond 1.8e308 are errors; decimals of more than 18 digits are read as reals.
Result<NodePtr> make_number(const Token& token, const Origin& origin);
NodePtr make_text(std::string text, Place place);
NodePtr make_word(std::string_view word, Place place);  // null, true, false
// date '...' and timestamp '...'; an error for any other word.
Result<NodePtr> make_moment(const Token& word, const Token& text, const Origin& origin);

}  // namespace coterie::expr
