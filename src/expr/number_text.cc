#include "expr/number_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace coterie::expr {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Decimal digits and the power of ten of the first one: 1.5e-7 -> "15", -7.
struct Digits {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

Digits shortest_digits(double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific);
  std::string_view text(buffer.data(), static_cast<size_t>(end.ptr - buffer.data()));
  Digits result;
  if (text.front() == '-') {
    result.negative = true;
    text.remove_prefix(1);
  }
  const size_t e = text.find('e');
  for (const char c : text.substr(0, e)) {
    if (c != '.') result.digits += c;
  }
  std::string_view exponent = text.substr(e + 1);
  if (exponent.front() == '+') exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), result.exponent);
  return result;
}

// "e-12" -> -12; "" -> 0. A double, so that any number of digits has a value.
double exponent_value(std::string_view text) {
  double value = 0;
  for (const char c : text) {
    if (is_digit(c)) value = value * 10 + (c - '0');
  }
  return text.contains('-') ? -value : value;
}

void append_mantissa(std::string& out, const Digits& number) {
  out += number.digits[0];
  if (number.digits.size() > 1) out += '.' + number.digits.substr(1);
}

}  // namespace

double decimal_to_real(int64_t unscaled, int scale) {
  constexpr int64_t kExact = int64_t{1} << 53;
  const int64_t power = kPowersOfTen[scale];
  const auto divisor = static_cast<double>(power);
  if (scale == 0 || (unscaled >= -kExact && unscaled <= kExact)) {
    return static_cast<double>(unscaled) / divisor;
  }
  const int64_t whole = unscaled / power;
  return static_cast<double>(whole) + static_cast<double>(unscaled % power) / divisor;
}

void append_decimal(std::string& out, int64_t unscaled, int scale) {
  if (unscaled < 0) out += '-';
  const auto magnitude =
      unscaled < 0 ? 0 - static_cast<uint64_t>(unscaled) : static_cast<uint64_t>(unscaled);
  std::string digits = std::to_string(magnitude);
  const auto places = static_cast<size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  out.append(digits, 0, digits.size() - places);
  if (scale > 0) out.append(1, '.').append(digits, digits.size() - places);
}

void append_real(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += std::isnan(value) ? "nan" : (value < 0 ? "-inf" : "inf");
    return;
  }
  const Digits number = shortest_digits(value);
  if (number.negative) out += '-';
  if (number.exponent < -4 || number.exponent >= 16) {
    append_mantissa(out, number);
    const int magnitude = std::abs(number.exponent);
    out += number.exponent < 0 ? "e-" : "e+";
    if (magnitude < 10) out += '0';
    out += std::to_string(magnitude);
    return;
  }
  const auto count = static_cast<int>(number.digits.size());
  if (number.exponent < 0) {
    out.append("0.").append(static_cast<size_t>(-number.exponent - 1), '0').append(number.digits);
  } else if (count <= number.exponent + 1) {
    out.append(number.digits)
        .append(static_cast<size_t>(int64_t{number.exponent} + 1 - count), '0');
    out += ".0";
  } else {
    const auto whole = static_cast<size_t>(int64_t{number.exponent} + 1);
    out.append(number.digits, 0, whole).append(1, '.').append(number.digits, whole);
  }
}

std::string real_literal(double value) {
  const Digits number = shortest_digits(value);
  std::string out = number.negative ? "-" : "";
  append_mantissa(out, number);
  return out + "e" + std::to_string(number.exponent);
}

std::string_view strip_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\r\f";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<int64_t> parse_int_text(std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return std::nullopt;
  }
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_real_text(std::string_view text) {
  const bool has_sign = text.starts_with('+') || text.starts_with('-');
  const std::string_view unsigned_text = has_sign ? text.substr(1) : text;
  if (text.starts_with('+')) text = unsigned_text;
  // from_chars also reads "inf" and "nan"; those are not numbers here.
  if (unsigned_text.empty() || (!is_digit(unsigned_text[0]) && unsigned_text[0] != '.')) {
    return std::nullopt;
  }
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ptr != text.data() + text.size()) return std::nullopt;
  if (parsed.ec == std::errc{}) return value;
  if (parsed.ec != std::errc::result_out_of_range) return std::nullopt;
  // Out of range is huge or tiny: the power of ten of the first digit that counts tells which.
  const size_t e = std::min(unsigned_text.find_first_of("eE"), unsigned_text.size());
  const std::string_view mantissa = unsigned_text.substr(0, e);
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  const size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return 0.0;
  const double power = static_cast<double>(point) - static_cast<double>(first) +
                       exponent_value(unsigned_text.substr(e));
  const double extreme = power > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return text.front() == '-' ? -extreme : extreme;
}

}  // namespace coterie::expr
