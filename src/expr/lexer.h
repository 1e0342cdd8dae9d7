#pragma once
// Text to tokens. Errors point at the character that cannot start or continue a token.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "expr/place.h"

namespace coterie::expr {

enum class TokenKind : uint8_t {
  kEnd,
  kInteger,     // digits
  kDecimal,     // digits with a point, no exponent
  kReal,        // with an exponent
  kText,        // '…', unescaped
  kName,        // letters, digits and _, not a keyword
  kQuotedName,  // `…`, unescaped
  kKeyword,     // lower case
  kSymbol,      // canonical: "and" for &&, "or" for ||, "not" for !, "=" for ==, "<>" for !=
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  Place place;

  bool is(TokenKind k, std::string_view t) const { return kind == k && text == t; }
  // Keywords and symbols that mean the same are one: `&&` is the keyword "and".
  bool is_word(std::string_view t) const { return is(TokenKind::kKeyword, t); }
  bool is_symbol(std::string_view t) const { return is(TokenKind::kSymbol, t); }
};

// The last token is kEnd and stands behind the text's last character.
Result<std::vector<Token>> tokenize(std::string_view text, const Origin& origin);

// Reserved words: a column of that name is written in backquotes.
bool is_keyword(std::string_view lower_case_word);
// Whether `name` can be written without backquotes (dotted names included).
bool is_plain_name(std::string_view name);

}  // namespace coterie::expr
