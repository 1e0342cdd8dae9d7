#pragma once
// UTF-8, one code point at a time, for the evaluator's loops (base/utf8.h checks text).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace coterie::expr {

// Bytes of the character that starts with `lead`. Any byte that cannot start one counts as 1, so
// that walking malformed text ends.
constexpr size_t utf8_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0xC0) return 1;
  if (byte < 0xE0) return 2;
  if (byte < 0xF0) return 3;
  return byte < 0xF8 ? 4 : 1;
}

// Number of code points: bytes that do not continue a character.
constexpr int64_t utf8_count(std::string_view text) {
  int64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

// The code point at `offset` of well-formed text.
char32_t decode_utf8(std::string_view text, size_t offset);
// Writes 1 to 4 bytes to `out`, returns how many.
size_t encode_utf8(char32_t code, char* out);

}  // namespace coterie::expr
