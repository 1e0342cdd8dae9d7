#include "serving/http/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace coterie::serving {
namespace {

// Whole numbers below it are written digit by digit, four times as fast as by the general way.
constexpr double kExactIntegers = 9'007'199'254'740'992.0;  // 2^53

bool is_plain(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_escape(char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      out += "\\u00";
      out += "0123456789abcdef"[static_cast<uint8_t>(c) >> 4];
      out += "0123456789abcdef"[static_cast<uint8_t>(c) & 15];
  }
}

void append_text(std::string_view value, std::string& out) {
  out += '"';
  while (!value.empty()) {
    size_t plain = 0;
    while (plain < value.size() && is_plain(value[plain])) ++plain;
    out.append(value.data(), plain);
    value.remove_prefix(plain);
    if (value.empty()) break;
    if (static_cast<uint8_t>(value[0]) < 0x80) {
      append_escape(value[0], out);
      value.remove_prefix(1);
      continue;
    }
    const CodePoint next = next_code_point(value);
    if (next.valid) {
      out.append(value.data(), next.bytes);
    } else {
      out += "\xEF\xBF\xBD";
    }
    value.remove_prefix(next.bytes);
  }
  out += '"';
}

template <typename Number>
void append_number(Number value, std::string& out) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), static_cast<size_t>(end - digits.data()));
}

}  // namespace

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_text(name, out_);
  out_ += ':';
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  append_text(value, out_);
  return *this;
}

JsonWriter& JsonWriter::integer(int64_t value) {
  separate();
  append_number(value, out_);
  return *this;
}

JsonWriter& JsonWriter::real(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  if (std::abs(value) < kExactIntegers && value == std::trunc(value) &&
      (value != 0 || !std::signbit(value))) {
    append_number(static_cast<int64_t>(value), out_);
  } else {
    append_number(value, out_);
  }
  return *this;
}

std::string json_text(std::string_view value) {
  std::string out;
  append_text(value, out);
  return out;
}

}  // namespace coterie::serving
