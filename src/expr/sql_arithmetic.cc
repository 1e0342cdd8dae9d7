#include <utility>

#include <fmt/format.h>

#include "expr/number_text.h"
#include "expr/sql_internal.h"

namespace coterie::expr {
namespace {

// A literal divisor that no null guard is needed for. Conversions of literals count.
bool is_nonzero_literal(const Node& node) {
  const Node& inner = node.is(NodeKind::kConvert) ? *node.children[0] : node;
  return is_number_literal(inner) && (inner.value.integer != 0 || inner.value.real != 0);
}

}  // namespace

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

}  // namespace coterie::expr
