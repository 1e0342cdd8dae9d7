#include <charconv>
#include <cmath>
#include <initializer_list>
#include <optional>

#include "base/yaml_internal.h"

namespace coterie::internal {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  std::string lower(text);
  for (char& c : lower) c = (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  for (const std::string_view word : words) {
    if (lower == word) return true;
  }
  return false;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_true(std::string_view text) { return is_one_of(text, {"true", "yes", "on"}); }
bool is_false(std::string_view text) { return is_one_of(text, {"false", "no", "off"}); }

bool is_integer(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front()) || !is_digit(text.back())) return false;
  if (text.size() > 1 && text.front() == '0') return false;
  for (size_t i = 1; i < text.size(); ++i) {
    if (!is_digit(text[i]) && !(text[i] == '_' && text[i - 1] != '_')) return false;
  }
  return true;
}

std::string bare_number(std::string_view text) {
  std::string bare;
  for (const char c : text) {
    if (c != '_' && c != '+') bare += c;
  }
  return bare;
}

bool is_infinite_or_nan(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return is_one_of(text, {".inf", ".nan", "inf", "nan", "infinity"});
}

std::optional<double> parse_real(std::string_view text) {
  if (is_integer(text)) {
    const std::string bare = bare_number(text);
    double value = 0;
    const auto end = std::from_chars(bare.data(), bare.data() + bare.size(), value);
    return end.ec == std::errc() ? std::optional(value) : std::nullopt;
  }
  std::string_view rest = text;
  if (rest.starts_with('+')) rest.remove_prefix(1);
  const std::string_view unsigned_part = rest.starts_with('-') ? rest.substr(1) : rest;
  if (unsigned_part.empty() || !(is_digit(unsigned_part[0]) || unsigned_part[0] == '.')) {
    return std::nullopt;
  }
  double value = 0;
  const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (end.ec != std::errc() || end.ptr != rest.data() + rest.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

ScalarType scalar_type(std::string_view text) {
  if (text.empty() || is_one_of(text, {"~", "null"})) return ScalarType::kNull;
  if (is_true(text) || is_false(text)) return ScalarType::kBool;
  if (is_integer(text)) return ScalarType::kInteger;
  if (is_infinite_or_nan(text) || parse_real(text)) return ScalarType::kReal;
  return ScalarType::kText;
}

}  // namespace coterie::internal
