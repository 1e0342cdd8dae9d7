#include "serving/features/vector_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "expr/calendar.h"
#include "expr/number_text.h"

namespace coterie::serving {
namespace {

using expr::TypeKind;
using features::Shape;

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
// The years 1 to 9999, in microseconds: others are no event's.
constexpr Micros kYearOne = -62'135'596'800'000'000;
constexpr Micros kYearTenThousand = 253'402'300'800'000'000;

void write_real(JsonWriter& json, double value) {
  std::array<char, 40> text;
  if (std::abs(value) >= kExactIntegers || value != std::trunc(value)) {
    json.real(value);
    return;
  }
  auto end = std::to_chars(text.data(), text.data() + 32, static_cast<int64_t>(value)).ptr;
  *end++ = '.';
  *end++ = '0';
  json.raw({text.data(), static_cast<size_t>(end - text.data())});
}

void write_scalar(JsonWriter& json, const expr::Type& type, const features::ValueColumn& column,
                  size_t row) {
  std::string text;
  switch (type.kind) {
    case TypeKind::kBool:
      json.boolean(column.integers[row] != 0);
      return;
    case TypeKind::kReal:
      write_real(json, column.reals[row]);
      return;
    case TypeKind::kText:
      json.text(column.texts[row]);
      return;
    case TypeKind::kDecimal:
      expr::append_decimal(text, column.integers[row], type.scale);
      json.raw(text);
      return;
    case TypeKind::kDate:
      expr::append_date(text, column.integers[row]);
      json.text(text);
      return;
    case TypeKind::kTimestamp:
      json.text(format_utc(column.integers[row]));
      return;
    default:
      json.integer(column.integers[row]);
  }
}

char* put_digits(char* at, int64_t value, int width) {
  for (int i = width - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
  return at + width;
}

}  // namespace

void write_value(JsonWriter& json, const features::ValueType& type,
                 const features::ValueColumn& column, int64_t row) {
  const auto r = static_cast<size_t>(row);
  if (column.nulls[r] != 0) {
    json.null();
    return;
  }
  if (type.shape == Shape::kScalar) {
    write_scalar(json, type.type, column, r);
    return;
  }
  json.begin_array();
  if (type.shape == Shape::kVector) {
    const auto width = static_cast<size_t>(type.width);
    for (size_t i = r * width; i < (r + 1) * width; ++i) write_real(json, column.elements[i]);
  } else {
    const auto end = static_cast<size_t>(column.ends[r]);
    for (auto i = r == 0 ? 0 : static_cast<size_t>(column.ends[r - 1]); i < end; ++i)
      json.text(column.entries[i]);
  }
  json.end_array();
}

std::string_view status_json(features::ValueStatus status) {
  switch (status) {
    case features::ValueStatus::kPresent:
      return R"("PRESENT")";
    case features::ValueStatus::kNull:
      return R"("NULL_VALUE")";
    case features::ValueStatus::kNotFound:
      return R"("NOT_FOUND")";
    case features::ValueStatus::kOutsideMaxAge:
      return R"("OUTSIDE_MAX_AGE")";
  }
  return R"("INVALID")";
}

void TimeTexts::begin(size_t rows) { rows_.resize(std::max(rows, rows_.size())); }

std::string_view TimeTexts::text(size_t row, Micros at) {
  if (at < kYearOne || at >= kYearTenThousand) return R"("1970-01-01T00:00:00Z")";
  Text& known = rows_[row];
  if (known.size == 0 || known.at != at) format(at, known);
  return {known.bytes, known.size};
}

void TimeTexts::format(Micros at, Text& out) {
  const expr::DayTime parts = expr::split_micros(at);
  const expr::CivilDate date = expr::civil_from_days(parts.days);
  const int64_t second = parts.micros / kMicrosPerSecond;
  const int64_t fraction = parts.micros % kMicrosPerSecond;
  char* to = out.bytes;
  *to++ = '"';
  to = put_digits(to, date.year, 4);
  *to++ = '-';
  to = put_digits(to, date.month, 2);
  *to++ = '-';
  to = put_digits(to, date.day, 2);
  *to++ = 'T';
  to = put_digits(to, second / 3'600, 2);
  *to++ = ':';
  to = put_digits(to, second / 60 % 60, 2);
  *to++ = ':';
  to = put_digits(to, second % 60, 2);
  if (fraction != 0) {
    *to++ = '.';
    const bool millis = fraction % 1'000 == 0;
    to = put_digits(to, millis ? fraction / 1'000 : fraction, millis ? 3 : 6);
  }
  *to++ = 'Z';
  *to++ = '"';
  out.at = at;
  out.size = static_cast<uint8_t>(to - out.bytes);
}

}  // namespace coterie::serving
