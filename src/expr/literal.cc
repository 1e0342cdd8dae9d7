#include <charconv>
#include <string>
#include <utility>

#include "expr/calendar.h"
#include "expr/literal_internal.h"

namespace coterie::expr {
namespace {

NodePtr make_literal(Type type, Value value, Place place) {
  auto node = make_node(NodeKind::kLiteral, place);
  node->type = type;
  node->value = value;
  return node;
}

Result<NodePtr> make_real(const Token& token, const Origin& origin) {
  double value = 0;
  const char* const end = token.text.data() + token.text.size();
  const auto parsed = std::from_chars(token.text.data(), end, value);
  if (parsed.ec != std::errc{}) {
    return error_at(origin, token.place, "the number " + token.text + " does not fit a real",
                    "reals reach from 2.3e-308 to 1.8e308");
  }
  return make_literal(kRealType, Value::of_real(value), token.place);
}

Result<NodePtr> make_integer(const Token& token, const Origin& origin) {
  int64_t value = 0;
  const char* const end = token.text.data() + token.text.size();
  const auto parsed = std::from_chars(token.text.data(), end, value);
  if (parsed.ec != std::errc{}) {
    return error_at(origin, token.place, "the number " + token.text + " does not fit 64 bits",
                    "write it as a real: " + token.text + "e0");
  }
  return make_literal(kIntType, Value::of_int(value), token.place);
}

}  // namespace

Result<NodePtr> make_number(const Token& token, const Origin& origin) {
  if (token.kind == TokenKind::kInteger) return make_integer(token, origin);
  if (token.kind == TokenKind::kReal) return make_real(token, origin);
  std::string digits = token.text;
  const size_t point = digits.find('.');
  const size_t scale = digits.size() - point - 1;
  digits.erase(point, 1);
  int64_t unscaled = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), unscaled);
  const bool fits = parsed.ec == std::errc{} && scale <= kDecimalDigits &&
                    unscaled > -kDecimalLimit && unscaled < kDecimalLimit;
  if (!fits) return make_real(token, origin);
  return make_literal(decimal_type(static_cast<int>(scale)), Value::of_int(unscaled), token.place);
}

NodePtr make_text(std::string text, Place place) {
  auto node = make_literal(kTextType, Value::of_text({}), place);
  node->text = std::move(text);
  return node;
}

NodePtr make_word(std::string_view word, Place place) {
  if (word == "null") return make_literal(Type{}, Value{}, place);
  return make_literal(kBoolType, Value::of_bool(word == "true"), place);
}

Result<NodePtr> make_moment(const Token& word, const Token& text, const Origin& origin) {
  std::string lower = word.text;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower != "date" && lower != "timestamp") {
    return error_at(origin, text.place, "expected an operator before '" + text.text + "'",
                    "write date '2024-01-31' or timestamp '2024-01-31 09:05:00' for a moment");
  }
  const bool is_date = lower == "date";
  const auto value = is_date ? parse_date(text.text) : parse_timestamp(text.text);
  if (!value) {
    return error_at(
        origin, text.place, "not a " + lower + ": '" + text.text + "'",
        is_date ? "write date '2024-01-31'" : "write timestamp '2024-01-31 09:05:00', in UTC");
  }
  return make_literal(is_date ? kDateType : kTimestampType, Value::of_int(*value), word.place);
}

}  // namespace coterie::expr
