#include "features/plan/value_column.h"

#include <fmt/format.h>

#include "expr/calendar.h"
#include "expr/number_text.h"

namespace coterie::features {

std::string ValueType::to_text() const {
  if (shape == Shape::kTexts) return "list of texts";
  if (shape == Shape::kScalar) return type.to_text();
  return width > 0 ? fmt::format("vector({})", width) : "vector";
}

expr::ColumnData ValueColumn::view() const {
  return {integers.data(), reals.data(), texts.data(), nulls.empty() ? nullptr : nulls.data()};
}

expr::Value ValueColumn::scalar(const expr::Type& type, int64_t row) const {
  const auto at = static_cast<size_t>(row);
  if (nulls[at] != 0) return {};
  if (type.is(expr::TypeKind::kReal)) return expr::Value::of_real(reals[at]);
  if (type.is(expr::TypeKind::kText)) return expr::Value::of_text(texts[at]);
  return expr::Value::of_int(integers[at]);
}

std::string value_text(const expr::Type& type, const expr::Value& value) {
  std::string text;
  switch (type.kind) {
    case expr::TypeKind::kText:
      return std::string(value.text);
    case expr::TypeKind::kBool:
      return value.integer != 0 ? "true" : "false";
    case expr::TypeKind::kReal:
      expr::append_real(text, value.real);
      return text;
    case expr::TypeKind::kDecimal:
      expr::append_decimal(text, value.integer, type.scale);
      return text;
    case expr::TypeKind::kDate:
      expr::append_date(text, value.integer);
      return text;
    case expr::TypeKind::kTimestamp:
      expr::append_timestamp(text, value.integer);
      return text;
    default:
      return std::to_string(value.integer);
  }
}

}  // namespace coterie::features
