#pragma once
// Helpers of this folder's tests: a schema with a column of each type, and evaluation of one row.

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "expr/expr.h"

namespace coterie::expr {

inline Schema test_schema() {
  return Schema({{"active", kBoolType},
                 {"age", kIntType},
                 {"quantity", kIntType},
                 {"price", decimal_type(2)},
                 {"cost", decimal_type(2)},
                 {"rate", kRealType},
                 {"name", kTextType},
                 {"article.stock", kIntType},
                 {"Customer ID", kTextType},
                 {"signup", kDateType},
                 {"seen", kTimestampType}});
}

inline Expression parse_ok(const std::string& text) {
  auto parsed = Expression::parse(text, test_schema());
  EXPECT_TRUE(parsed.ok()) << text << "\n" << parsed.error().to_text();
  return *std::move(parsed);
}

inline std::string parse_error(const std::string& text) {
  const auto parsed = Expression::parse(text, test_schema());
  EXPECT_FALSE(parsed.ok()) << text;
  return parsed.ok() ? "" : parsed.error().to_text();
}

using Row = std::vector<std::pair<std::string, Value>>;

// The result as text, in the form of to_text(); columns that `row` does not name are null.
inline std::string evaluated(const std::string& text, const Row& row = {}) {
  Expression expression = parse_ok(text);
  if (!expression.type().is(TypeKind::kText)) expression = parse_ok("to_text(" + text + ")");
  std::vector<Value> values;
  for (const Column& column : expression.columns()) {
    values.emplace_back();
    for (const auto& [name, value] : row) {
      if (name == column.name) values.back() = value;
    }
  }
  Workspace workspace(expression, 1);
  const Value value = expression.evaluate(values, workspace);
  return value.null ? "null" : std::string(value.text);
}

}  // namespace coterie::expr
