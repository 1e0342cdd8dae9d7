#include "data/files/encoding.h"

#include <cstdint>
#include <cstring>

#include "base/utf8.h"

namespace coterie::data {
namespace {

// Offset of the first byte with its high bit set, or the size.
size_t ascii_prefix(std::string_view bytes) {
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    if ((word & 0x8080808080808080ULL) != 0) break;
  }
  while (at < bytes.size() && static_cast<uint8_t>(bytes[at]) < 0x80) ++at;
  return at;
}

}  // namespace

bool is_ascii(std::string_view bytes) { return ascii_prefix(bytes) == bytes.size(); }

size_t find_invalid_bytes(std::string_view bytes) {
  const size_t prefix = ascii_prefix(bytes);
  if (prefix == bytes.size()) return std::string_view::npos;
  const size_t invalid = find_invalid_utf8(bytes.substr(prefix));
  return invalid == std::string_view::npos ? invalid : prefix + invalid;
}

void append_latin1(std::string_view bytes, std::string& utf8) {
  for (const char c : bytes) {
    const auto code = static_cast<uint8_t>(c);
    if (code < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xC0 | (code >> 6));
      utf8 += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
}

}  // namespace coterie::data
