#include "cli/cells.h"

#include <cmath>

#include <fmt/format.h>

#include "base/clock.h"

namespace coterie::cli {
namespace {

using data::ColumnView;
using data::ValueType;

// What every form shares; reals and text are left to the caller.
std::string plain_text(const ColumnView& column, int64_t row) {
  switch (column.type()) {
    case ValueType::kBool:
      return column.as_int(row) != 0 ? "true" : "false";
    case ValueType::kInt:
      return column.fits_int(row) ? std::to_string(column.as_int(row))
                                  : fmt::format("{:.0f}", column.as_real(row));
    case ValueType::kDecimal:
      return column.fits_int(row) ? decimal_text(column.as_int(row), column.decimal_scale())
                                  : fmt::format("{}", column.as_real(row));
    case ValueType::kDate:
      return date_text(column.as_days(row));
    case ValueType::kTimestamp:
      return format_utc(column.as_micros(row));
    case ValueType::kText:
      return std::string(column.as_text(row));
    case ValueType::kReal:
      return fmt::format("{}", column.as_real(row));
    case ValueType::kNull:
    case ValueType::kOther:
      break;
  }
  return "";
}

}  // namespace

std::string decimal_text(int64_t unscaled, int scale) {
  if (scale <= 0) return std::to_string(unscaled);
  const bool negative = unscaled < 0;
  std::string digits = std::to_string(unscaled);
  if (negative) digits.erase(0, 1);
  const size_t places = static_cast<size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  digits.insert(digits.size() - places, ".");
  return negative ? "-" + digits : digits;
}

std::string date_text(int32_t days) {
  return format_utc(static_cast<Micros>(days) * kMicrosPerDay).substr(0, 10);
}

std::string cell_text(const ColumnView& column, int64_t row) {
  if (column.is_null(row)) return "";
  if (column.type() == ValueType::kReal) return fmt::format("{:.6g}", column.as_real(row));
  std::string text = plain_text(column, row);
  if (column.type() == ValueType::kTimestamp && text.ends_with(".000000Z")) {
    text.resize(text.size() - 8);
    text[10] = ' ';
  }
  return text;
}

Json cell_json(const ColumnView& column, int64_t row) {
  if (column.is_null(row)) return nullptr;
  switch (column.type()) {
    case ValueType::kBool:
      return column.as_int(row) != 0;
    case ValueType::kInt:
      return column.fits_int(row) ? Json(column.as_int(row)) : Json(column.as_real(row));
    case ValueType::kReal:
    case ValueType::kDecimal:
      // JSON has no infinity; null would say that the value is missing.
      return std::isfinite(column.as_real(row)) ? Json(column.as_real(row))
                                                : Json(plain_text(column, row));
    default:
      return plain_text(column, row);
  }
}

std::string csv_quote(std::string_view text) {
  if (!text.empty() && text.find_first_of("\",\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string cell_csv(const ColumnView& column, int64_t row) {
  if (column.is_null(row)) return "";
  const std::string text = plain_text(column, row);
  return column.type() == ValueType::kText ? csv_quote(text) : text;
}

}  // namespace coterie::cli
