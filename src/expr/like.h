#pragma once
// SQL's LIKE without an escape character.

#include <string_view>

namespace coterie::expr {

// `%` matches any run of characters, `_` one character (code point); letter case counts.
// O(text × pattern) at worst, linear for patterns with one `%`.
bool matches_like(std::string_view text, std::string_view pattern);

}  // namespace coterie::expr
