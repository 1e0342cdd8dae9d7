#include "expr/sql.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "expr/calendar.h"
#include "expr/number_text.h"
#include "expr/sql_internal.h"

namespace coterie::expr {

Sql SqlWriter::exact(const Node& node) {
  Sql sql = write(node);
  return sql.exact ? sql : cast_to(sql, node.type);
}

std::string SqlWriter::root(const Node& node) {
  Sql sql = exact(node);
  if (node.type.is(TypeKind::kReal) && !is_number_literal(node)) sql = finite_or_null(sql);
  return at_level(sql, SqlLevel::kAtom);
}

Sql SqlWriter::write(const Node& node) {
  switch (node.kind) {
    case NodeKind::kLiteral:
      return literal(node);
    case NodeKind::kColumn:
      return column(node);
    case NodeKind::kConvert:
      return convert(node);
    case NodeKind::kNegate:
      return negate(node);
    case NodeKind::kNot:
      return {"NOT " + at_level(write(*node.children[0]), SqlLevel::kAtom), SqlLevel::kNot};
    case NodeKind::kArithmetic:
      return arithmetic(node);
    case NodeKind::kAnd:
      return logic(node, " AND ", SqlLevel::kAnd);
    case NodeKind::kOr:
      return logic(node, " OR ", SqlLevel::kOr);
    case NodeKind::kCompare:
      return binary(node.op, write(*node.children[0]), write(*node.children[1]));
    case NodeKind::kIn:
    case NodeKind::kBetween:
    case NodeKind::kLike:
    case NodeKind::kIsNull:
      return comparison(node);
    case NodeKind::kCase:
      return case_when(node);
    case NodeKind::kCall:
      return call(node);
  }
  return {};
}

Sql SqlWriter::column(const Node& node) {
  const Column& column = columns_[static_cast<size_t>(node.index)];
  std::string text = quote_(column.name);
  if (column.storage == Storage::kExact) return {std::move(text)};
  if (column.storage == Storage::kNarrow) return {std::move(text), SqlLevel::kAtom, false};
  // A cast of TIMESTAMP WITH TIME ZONE would go through the session's time zone.
  if (column.sql_type == "TIMESTAMP WITH TIME ZONE") {
    return {fmt::format("make_timestamp(epoch_us({}))", text)};
  }
  return guarded_cast({std::move(text)}, column.type);
}

Sql SqlWriter::literal(const Node& node) {
  if (node.value.null) return {fmt::format("CAST(NULL AS {})", node.type.to_sql())};
  const int64_t integer = node.value.integer;
  std::string text;
  switch (node.type.kind) {
    case TypeKind::kNull:
      return {"NULL"};
    case TypeKind::kBool:
      return {integer != 0 ? "true" : "false"};
    case TypeKind::kInt:
      // SQL reads this one as minus a number that no BIGINT holds.
      if (integer == INT64_MIN) return {"CAST(-9223372036854775808 AS BIGINT)"};
      return {std::to_string(integer), SqlLevel::kAtom, false};
    case TypeKind::kDecimal:
      append_decimal(text, integer, node.type.scale);
      return {std::move(text), SqlLevel::kAtom, false};
    case TypeKind::kReal:
      return {real_literal(node.value.real)};
    case TypeKind::kText:
      return {sql_text_literal(node.text)};
    case TypeKind::kDate:
      append_date(text, integer);
      return {"DATE '" + text + "'"};
    case TypeKind::kTimestamp:
      append_timestamp(text, integer);
      return {"TIMESTAMP '" + text + "'"};
  }
  return {};
}

Sql SqlWriter::convert(const Node& node) {
  const Node& child = *node.children[0];
  if (!is_number_literal(child)) {
    const Sql sql = write(child);
    return node.type.is(TypeKind::kReal) ? cast_to(sql, node.type) : guarded_cast(sql, node.type);
  }
  if (node.type.is(TypeKind::kReal)) {
    return {real_literal(decimal_to_real(child.value.integer, child.type.scale))};
  }
  const int shift = node.type.scale - child.type.scale;
  std::string text;
  append_decimal(text, child.value.integer, child.type.scale);
  if (child.type.scale == 0 && shift > 0) text += '.';
  text.append(static_cast<size_t>(shift), '0');
  // Digits beyond 18 make SQL's literal wider than the language's decimal; the cast then fails.
  const auto digits = std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; });
  if (digits <= kDecimalDigits) return {std::move(text), SqlLevel::kAtom, false};
  return guarded_cast({std::move(text)}, node.type);
}

Sql SqlWriter::logic(const Node& node, std::string_view word, SqlLevel level) {
  std::string text;
  for (const NodePtr& child : node.children) {
    if (!text.empty()) text += word;
    text += at_level(write(*child), static_cast<SqlLevel>(static_cast<int>(level) + 1));
  }
  return {std::move(text), level};
}

Sql SqlWriter::comparison(const Node& node) {
  std::string text = at_level(write(*node.children[0]), SqlLevel::kAtom);
  const std::string_view negation = node.negated ? " NOT" : "";
  if (node.is(NodeKind::kIsNull)) {
    return {fmt::format("{} IS{} NULL", text, negation), SqlLevel::kCompare};
  }
  std::vector<std::string> others;
  const bool list = node.is(NodeKind::kIn);
  for (size_t i = 1; i < node.children.size(); ++i) {
    others.push_back(at_level(write(*node.children[i]), list ? SqlLevel::kOr : SqlLevel::kAdd));
  }
  text += negation;
  if (list) text += fmt::format(" IN ({})", fmt::join(others, ", "));
  if (node.is(NodeKind::kLike)) text += " LIKE " + others[0];
  if (node.is(NodeKind::kBetween)) text += " BETWEEN " + others[0] + " AND " + others[1];
  return {std::move(text), SqlLevel::kCompare};
}

Sql SqlWriter::case_when(const Node& node) {
  // Values of one type and scale: the widest of them gives the SQL type.
  Sql sql{"CASE", SqlLevel::kAtom, false};
  for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Sql value = write(*node.children[i + 1]);
    sql.text += fmt::format(" WHEN {} THEN {}", write(*node.children[i]).text, value.text);
    sql.exact = sql.exact || value.exact;
  }
  const Sql other = write(*node.children.back());
  sql.exact = sql.exact || other.exact;
  sql.text += fmt::format(" ELSE {} END", other.text);
  return sql;
}

std::string write_sql(const Node& tree, const std::vector<Column>& columns,
                      const QuoteColumn& quote) {
  return SqlWriter(columns, quote).root(tree);
}

}  // namespace coterie::expr
