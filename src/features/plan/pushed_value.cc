#include "features/plan/pushed_value.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/utf8.h"
#include "expr/calendar.h"
#include "expr/number_text.h"

namespace coterie::features {
namespace {

using expr::TypeKind;
using Kind = PushedValue::Kind;

constexpr double kExactReals = 9'007'199'254'740'992.0;  // 2^53

// What is left of the offset "+02:00" at the end of `text`, in microseconds; 0 if there is none.
std::optional<Micros> take_offset(std::string_view& text) {
  constexpr size_t kOffsetBytes = 6;
  constexpr size_t kDateBytes = 10;
  if (text.size() <= kDateBytes + kOffsetBytes) return 0;
  const std::string_view offset = text.substr(text.size() - kOffsetBytes);
  if ((offset[0] != '+' && offset[0] != '-') || offset[3] != ':') return 0;
  const auto digit = [&](size_t i) { return offset[i] - '0'; };
  for (const size_t i : {size_t{1}, size_t{2}, size_t{4}, size_t{5}}) {
    if (digit(i) < 0 || digit(i) > 9) return std::nullopt;
  }
  const int hours = digit(1) * 10 + digit(2);
  const int minutes = digit(4) * 10 + digit(5);
  if (hours > 23 || minutes > 59) return std::nullopt;
  text.remove_suffix(kOffsetBytes);
  const Micros micros = (hours * 3600LL + minutes * 60LL) * kMicrosPerSecond;
  return offset[0] == '-' ? -micros : micros;
}

std::optional<int64_t> integer_of(const PushedValue& pushed) {
  if (pushed.kind == Kind::kInteger) return pushed.integer;
  const bool whole = pushed.kind == Kind::kReal && std::trunc(pushed.real) == pushed.real &&
                     std::abs(pushed.real) <= kExactReals;
  if (!whole) return std::nullopt;
  return static_cast<int64_t>(pushed.real);
}

// "-19.90" as -1990 for scale 2; digits beyond the scale may only be zeros.
std::optional<int64_t> decimal_from_text(std::string_view text, int scale) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int64_t unscaled = 0;
  int places = -1;  // digits behind the point; -1 = before it
  int digits = 0;
  for (const char c : text) {
    if (c == '.' && places < 0) {
      places = 0;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    ++digits;
    if (places >= scale) {
      if (c != '0') return std::nullopt;
      continue;
    }
    unscaled = unscaled * 10 + (c - '0');
    if (unscaled >= expr::kDecimalLimit) return std::nullopt;
    if (places >= 0) ++places;
  }
  if (digits == 0) return std::nullopt;
  for (int i = std::max(places, 0); i < scale; ++i) {
    unscaled *= 10;
    if (unscaled >= expr::kDecimalLimit) return std::nullopt;
  }
  return negative ? -unscaled : unscaled;
}

std::optional<int64_t> decimal_of(const PushedValue& pushed, int scale) {
  if (pushed.kind == Kind::kText) return decimal_from_text(pushed.text, scale);
  const auto power = expr::kPowersOfTen[scale];
  if (pushed.kind == Kind::kReal) {
    const double unscaled = std::round(pushed.real * static_cast<double>(power));
    if (!(std::abs(unscaled) < static_cast<double>(expr::kDecimalLimit))) return std::nullopt;
    return static_cast<int64_t>(unscaled);
  }
  const int64_t limit = (expr::kDecimalLimit - 1) / power;
  if (pushed.kind != Kind::kInteger || pushed.integer > limit || pushed.integer < -limit)
    return std::nullopt;
  return pushed.integer * power;
}

std::optional<double> real_of(const PushedValue& pushed, bool is_float) {
  double real = pushed.real;
  if (pushed.kind == Kind::kInteger) {
    real = static_cast<double>(pushed.integer);
  } else if (pushed.kind != Kind::kReal) {
    return std::nullopt;
  }
  if (is_float) real = static_cast<double>(static_cast<float>(real));
  if (!std::isfinite(real)) return std::nullopt;
  return real;
}

std::optional<int64_t> whole_of(const PushedValue& pushed, const PushedColumn& column,
                                const TimeZone& zone) {
  switch (column.type.kind) {
    case TypeKind::kBool:
      if (pushed.kind != Kind::kBool) return std::nullopt;
      return pushed.integer;
    case TypeKind::kInt:
      return integer_of(pushed);
    case TypeKind::kDecimal:
      return decimal_of(pushed, column.type.scale);
    case TypeKind::kDate:
      return pushed.kind == Kind::kText ? expr::parse_date(pushed.text) : integer_of(pushed);
    case TypeKind::kTimestamp:
      return pushed.kind == Kind::kText ? parse_instant(pushed.text, zone) : integer_of(pushed);
    default:
      return std::nullopt;
  }
}

bool convert_text(const PushedValue& pushed, const PushedColumn& column, std::string& id_text,
                  expr::Value& value) {
  if (pushed.kind == Kind::kInteger && column.holds_ids) {
    id_text = std::to_string(pushed.integer);
    value = expr::Value::of_text(id_text);
    return true;
  }
  if (pushed.kind != Kind::kText || find_invalid_utf8(pushed.text) != std::string_view::npos)
    return false;
  value = expr::Value::of_text(pushed.text);
  return true;
}

}  // namespace

bool convert_pushed(const PushedValue& pushed, const PushedColumn& column, const TimeZone& zone,
                    std::string& id_text, expr::Value& value) {
  if (column.type.is(TypeKind::kText)) return convert_text(pushed, column, id_text, value);
  if (column.type.is(TypeKind::kReal)) {
    const auto real = real_of(pushed, column.is_float);
    if (real) value = expr::Value::of_real(*real);
    return real.has_value();
  }
  const auto whole = whole_of(pushed, column, zone);
  if (whole) value = expr::Value::of_int(*whole);
  return whole.has_value();
}

std::string wanted_value(const PushedColumn& column) {
  switch (column.type.kind) {
    case TypeKind::kBool:
      return "true or false";
    case TypeKind::kInt:
      return "an integer of 64 bits";
    case TypeKind::kDecimal:
      return fmt::format("a number or text with at most {} digits after the point",
                         column.type.scale);
    case TypeKind::kReal:
      return "a finite number";
    case TypeKind::kDate:
      return "a date as 2024-01-31";
    case TypeKind::kTimestamp:
      return "a time as 2024-01-31T09:05:00Z, or microseconds since 1970";
    default:
      return column.holds_ids ? "a text of UTF-8 or an integer" : "a text of UTF-8";
  }
}

std::string shown_value(const PushedValue& pushed) {
  constexpr size_t kShown = 40;
  switch (pushed.kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return pushed.integer != 0 ? "true" : "false";
    case Kind::kInteger:
      return std::to_string(pushed.integer);
    case Kind::kReal:
      return fmt::format("{}", pushed.real);
    case Kind::kText:
      break;
  }
  if (find_invalid_utf8(pushed.text) != std::string_view::npos)
    return fmt::format("{} bytes that are not UTF-8", pushed.text.size());
  return fmt::format("'{}{}'", fit_width(pushed.text, kShown),
                     pushed.text.size() > kShown ? "…" : "");
}

std::optional<Micros> parse_instant(std::string_view text, const TimeZone& zone) {
  if (const auto day = expr::parse_date(text)) return zone.day_end(static_cast<int32_t>(*day));
  const auto offset = take_offset(text);
  const auto local = expr::parse_timestamp(text);
  if (!offset || !local || (*offset != 0 && text.ends_with('Z'))) return std::nullopt;
  return *local - *offset;
}

}  // namespace coterie::features
