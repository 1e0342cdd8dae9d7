#pragma once
// UTF-8: validity, lengths in characters and in terminal columns.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coterie {

// The code point at the start of `text` and its bytes; {0xFFFD, 1} if the bytes are not valid UTF-8
// (overlong forms, surrogates and values beyond U+10FFFF are not). `text` must not be empty.
struct CodePoint {
  uint32_t value;
  size_t bytes;
  bool valid;
};
CodePoint next_code_point(std::string_view text);

// Byte offset of the first invalid sequence, or npos.
size_t find_invalid_utf8(std::string_view text);

// Columns on a terminal: 0 for combining marks and control characters, 2 for East Asian wide
// characters and emoji, else 1.
int display_width(uint32_t code_point);
int display_width(std::string_view text);
// The longest prefix that is at most `columns` wide.
std::string_view fit_width(std::string_view text, int columns);

}  // namespace coterie
