#include "features/plan/value_column.h"

#include <fmt/format.h>

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

}  // namespace coterie::features
