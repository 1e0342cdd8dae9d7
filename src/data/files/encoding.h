#pragma once
// Encodings of outside text: quick ASCII checks and ISO 8859-1 to UTF-8.

#include <cstddef>
#include <string>
#include <string_view>

namespace coterie::data {

bool is_ascii(std::string_view bytes);
// base/utf8.h's find_invalid_utf8 with a fast path over ASCII.
size_t find_invalid_bytes(std::string_view bytes);
// Appends `bytes`, read as ISO 8859-1, as UTF-8.
void append_latin1(std::string_view bytes, std::string& utf8);

}  // namespace coterie::data
