#pragma once
// Checks and conversions of text encodings.

#include <cstddef>
#include <string>
#include <string_view>

namespace coterie::data {

bool is_ascii(std::string_view bytes);
// Offset of the first byte that is not UTF-8 (overlong forms, surrogates and code points beyond
// U+10FFFF included), or npos.
size_t find_invalid_utf8(std::string_view bytes);
// Appends `bytes`, read as ISO 8859-1, as UTF-8.
void append_latin1(std::string_view bytes, std::string& utf8);

}  // namespace coterie::data
