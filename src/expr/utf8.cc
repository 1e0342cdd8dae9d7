#include "expr/utf8.h"

namespace coterie::expr {
namespace {

unsigned char byte_at(std::string_view text, size_t offset) {
  return static_cast<unsigned char>(text[offset]);
}

}  // namespace

char32_t decode_utf8(std::string_view text, size_t offset) {
  const size_t length = utf8_length(text[offset]);
  const unsigned char lead = byte_at(text, offset);
  if (length == 1 || offset + length > text.size()) return lead;
  constexpr unsigned char kLeadBits[] = {0, 0, 0x1F, 0x0F, 0x07};
  char32_t code = lead & kLeadBits[length];
  for (size_t i = 1; i < length; ++i) code = (code << 6) | (byte_at(text, offset + i) & 0x3F);
  return code;
}

size_t encode_utf8(char32_t code, char* out) {
  const auto tail = [code](int shift) {
    return static_cast<char>(0x80 | ((code >> shift) & 0x3F));
  };
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    out[0] = static_cast<char>(0xC0 | (code >> 6));
    out[1] = tail(0);
    return 2;
  }
  if (code < 0x10000) {
    out[0] = static_cast<char>(0xE0 | (code >> 12));
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | (code >> 18));
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

}  // namespace coterie::expr
