#include "expr/like.h"

#include "expr/utf8.h"

namespace coterie::expr {

// Only the last `%` ever needs to be tried again with one character more: whatever an earlier one
// could take, the later one can take as well.
bool matches_like(std::string_view text, std::string_view pattern) {
  size_t t = 0;
  size_t p = 0;
  size_t retry_text = 0;
  size_t retry_pattern = std::string_view::npos;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      retry_pattern = ++p;
      retry_text = t;
    } else if (p < pattern.size() && pattern[p] == '_') {
      t += utf8_length(text[t]);
      ++p;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++t;
      ++p;
    } else if (retry_pattern != std::string_view::npos) {
      retry_text += utf8_length(text[retry_text]);
      t = retry_text;
      p = retry_pattern;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

}  // namespace coterie::expr
