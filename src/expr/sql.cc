#include "expr/sql.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "expr/calendar.h"
#include "expr/number_text.h"
#include "expr/sql_internal.h"

namespace coterie::expr {
namespace {

constexpr size_t kRepeatedText = 160;

bool is_number_literal(const Node& node) {
  return node.is(NodeKind::kLiteral) && node.type.is_number() && !node.value.null;
}

// A literal divisor that no null guard is needed for. Conversions of literals count.
bool is_nonzero_literal(const Node& node) {
  const Node& inner = node.is(NodeKind::kConvert) ? *node.children[0] : node;
  return is_number_literal(inner) && (inner.value.integer != 0 || inner.value.real != 0);
}

}  // namespace

std::string at_level(const Sql& sql, SqlLevel least) {
  return sql.level < least ? "(" + sql.text + ")" : sql.text;
}

std::string sql_text_literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + "'";
}

Sql cast_to(const Sql& sql, Type type) {
  return {fmt::format("CAST({} AS {})", sql.text, type.to_sql())};
}

Sql try_cast_to(const Sql& sql, Type type) {
  return {fmt::format("TRY_CAST({} AS {})", sql.text, type.to_sql())};
}

Sql guarded(std::string text) { return {"TRY(" + std::move(text) + ")"}; }
Sql guarded_cast(const Sql& sql, Type type) { return guarded(cast_to(sql, type).text); }

namespace {

// Whether the engine may find at binding time that an operation is null.
bool may_fold_to_null(const Node& node) {
  if (node.is(NodeKind::kColumn)) return false;
  if (node.is(NodeKind::kLiteral)) return node.value.null;
  const auto folds = [](const NodePtr& child) { return may_fold_to_null(*child); };
  if (std::ranges::any_of(node.children, folds)) return true;
  // What has no column in it may turn out null, an overflow for one.
  const auto constant = [](const auto& self, const Node& part) -> bool {
    if (part.is(NodeKind::kColumn)) return false;
    return std::ranges::all_of(part.children, [&](const NodePtr& c) { return self(self, *c); });
  };
  return constant(constant, node);
}

}  // namespace

Sql pin_type(Sql sql, const Node& node) {
  if (!node.type.is(TypeKind::kDecimal) || !may_fold_to_null(node)) return sql;
  return cast_to(sql, node.type);
}

std::string SqlWriter::bind(const Sql& value,
                            const std::function<std::string(const std::string&)>& body) {
  if (value.text.size() <= kRepeatedText) return body(at_level(value, SqlLevel::kAtom));
  const std::string name = fmt::format("v{}", ++bound_);
  return fmt::format("list_transform([{}], lambda {}: {})[1]", value.text, name, body(name));
}

Sql SqlWriter::finite_or_null(const Sql& value) {
  const auto body = [](const std::string& x) {
    return fmt::format("CASE WHEN isfinite({0}) THEN {0} END", x);
  };
  return {bind(value, body)};
}

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

Sql SqlWriter::negate(const Node& node) {
  const Sql operand = exact(*node.children[0]);
  // Two minus signs in a row would begin a comment.
  const bool wrap = operand.level < SqlLevel::kAtom || operand.text.starts_with('-');
  std::string text = wrap ? "-(" + operand.text + ")" : "-" + operand.text;
  if (node.type.is(TypeKind::kInt)) return guarded(std::move(text));
  return pin_type({std::move(text), SqlLevel::kMultiply}, node);
}

Sql SqlWriter::binary(Operator op, const Sql& left, const Sql& right) {
  SqlLevel level = SqlLevel::kCompare;
  if (op == Operator::kAdd || op == Operator::kSubtract) level = SqlLevel::kAdd;
  if (op == Operator::kMultiply || op == Operator::kDivide || op == Operator::kModulo) {
    level = SqlLevel::kMultiply;
  }
  // Operators associate to the left; comparisons not at all.
  const auto tighter = static_cast<SqlLevel>(static_cast<int>(level) + 1);
  const SqlLevel left_level = level == SqlLevel::kCompare ? tighter : level;
  return {fmt::format("{} {} {}", at_level(left, left_level), operator_text(op),
                      at_level(right, tighter)),
          level};
}

Sql SqlWriter::arithmetic(const Node& node) {
  if (node.type.is(TypeKind::kInt)) return int_arithmetic(node);
  return node.type.is(TypeKind::kReal) ? real_arithmetic(node) : decimal_arithmetic(node);
}

Sql SqlWriter::int_arithmetic(const Node& node) {
  Sql left = write(*node.children[0]);
  const Sql right = write(*node.children[1]);
  // A narrow column or literal is widened by the other side; two of them would stay narrow.
  if (!left.exact && !right.exact) left = cast_to(left, kIntType);
  Sql sql = binary(node.op, left, right);
  const Node& divisor = *node.children[1];
  const bool safe_modulo =
      node.op == Operator::kModulo && is_nonzero_literal(divisor) && divisor.value.integer != -1;
  return safe_modulo ? sql : guarded(std::move(sql.text));
}

Sql SqlWriter::real_arithmetic(const Node& node) {
  const bool divides = node.op == Operator::kDivide || node.op == Operator::kModulo;
  const Sql left = exact(*node.children[0]);
  Sql right = exact(*node.children[1]);
  if (divides && !is_nonzero_literal(*node.children[1])) {
    // A short divisor reads better as nullif(x, 0), which is the same.
    if (right.text.size() <= kRepeatedText) {
      right = {fmt::format("nullif({}, 0)", right.text)};
    } else {
      const auto body = [](const std::string& x) {
        return fmt::format("CASE WHEN {0} <> 0 THEN {0} END", x);
      };
      right = {bind(right, body)};
    }
  }
  return binary(node.op, left, right);
}

Sql SqlWriter::decimal_arithmetic(const Node& node) {
  const bool sum = node.op == Operator::kAdd || node.op == Operator::kSubtract;
  const Node& a = *node.children[0];
  const Node& b = *node.children[1];
  // A short literal next to a decimal of 18 digits leaves the engine's result at 18 digits.
  const auto short_literal = [](const Node& side) {
    const int64_t value = side.value.integer;
    return is_number_literal(side) &&
           (side.type.is(TypeKind::kDecimal) || (value >= INT32_MIN && value <= INT32_MAX));
  };
  const bool a_short = short_literal(a) && !short_literal(b);
  const bool b_short = short_literal(b);
  Sql left = a_short ? write(a) : exact(a);
  const Sql right = b_short ? write(b) : exact(b);
  const auto decimal_or_short = [](const Node& side, bool is_short) {
    return is_short || side.type.is(TypeKind::kDecimal);
  };
  const bool fits = decimal_or_short(a, a_short) && decimal_or_short(b, b_short);
  // The engine brings operands to the common scale within 18 digits before it adds.
  const auto same_scale = [&node](const Node& side) {
    if (side.type.scale == node.type.scale) return true;
    const Wide scaled = Wide{side.value.integer} * kPowersOfTen[node.type.scale - side.type.scale];
    return is_number_literal(side) && scaled > -kDecimalLimit && scaled < kDecimalLimit;
  };
  // Then the engine's own result type is ours, and it checks the 18 digits itself.
  if (fits && (node.op == Operator::kMultiply || (sum && same_scale(a) && same_scale(b)))) {
    return pin_type(guarded(binary(node.op, left, right).text), node);
  }
  if (sum) left = {fmt::format("CAST({} AS DECIMAL(38,{}))", left.text, node.type.scale)};
  return guarded_cast(binary(node.op, left, right), node.type);
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
