#include "expr/utf8.h"

namespace coterie::expr {
namespace {

unsigned char byte_at(std::string_view text, size_t offset) {
  return static_cast<unsigned char>(text[offset]);
}

bool well_formed_at(std::string_view text, size_t offset, size_t length) {
  const unsigned char lead = byte_at(text, offset);
  if (length == 1) return lead < 0x80;
  if (offset + length > text.size()) return false;
  for (size_t i = 1; i < length; ++i) {
    if ((byte_at(text, offset + i) & 0xC0) != 0x80) return false;
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const char32_t code = decode_utf8(text, offset);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code >= kSmallest[length] && code <= 0x10FFFF && !surrogate;
}

}  // namespace

size_t find_invalid_utf8(std::string_view text) {
  for (size_t offset = 0; offset < text.size();) {
    const size_t length = utf8_length(text[offset]);
    if (!well_formed_at(text, offset, length)) return offset;
    offset += length;
  }
  return std::string_view::npos;
}

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
