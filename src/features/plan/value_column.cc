#include "features/plan/value_column.h"

#include <fmt/format.h>

#include "base/json.h"
#include "expr/calendar.h"
#include "expr/number_text.h"

namespace coterie::features {
namespace {

std::string vector_text(const ValueType& type, const ValueColumn& column, int64_t row) {
  std::string text = "[";
  const auto width = static_cast<int64_t>(type.width);
  for (int64_t i = 0; i < width; ++i) {
    if (i > 0) text += ',';
    expr::append_real(text, column.elements[static_cast<size_t>(row * width + i)]);
  }
  return text + "]";
}

std::string texts_text(const ValueColumn& column, int64_t row) {
  const auto r = static_cast<size_t>(row);
  nlohmann::json list = nlohmann::json::array();
  for (auto i = r == 0 ? 0 : column.ends[r - 1]; i < column.ends[r]; ++i)
    list.push_back(column.entries[static_cast<size_t>(i)]);
  return dump_json(list);
}

}  // namespace

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

std::string value_text(const ValueType& type, const ValueColumn& column, int64_t row) {
  if (type.shape == Shape::kVector) return vector_text(type, column, row);
  if (type.shape == Shape::kTexts) return texts_text(column, row);
  return value_text(type.type, column.scalar(type.type, row));
}

}  // namespace coterie::features
