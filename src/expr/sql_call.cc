#include <string>
#include <vector>

#include <fmt/format.h>

#include "expr/number_text.h"
#include "expr/sql_internal.h"

namespace coterie::expr {
namespace {

// More characters than any text has, and fit for SQL's 32-bit offsets.
constexpr int64_t kLargestOffset = INT32_MAX;

// The group `pattern` of text x, '' where x is not of that form: a cast then makes it null.
std::string extract(const std::string& x, std::string_view pattern) {
  return fmt::format("regexp_extract({}, '^\\s*({})\\s*$', 1)", x, pattern);
}

}  // namespace

Sql SqlWriter::strict_call(std::string_view name, const Node& node) {
  std::vector<std::string> arguments;
  for (const NodePtr& child : node.children) {
    arguments.push_back(exact(*child).text);
  }
  return {fmt::format("{}({})", name, fmt::join(arguments, ", "))};
}

Sql SqlWriter::null_safe_call(std::string_view name, const Node& node) {
  std::vector<std::string> arguments;
  bool any_exact = false;
  for (const NodePtr& child : node.children) {
    const Sql sql = write(*child);
    arguments.push_back(sql.text);
    any_exact = any_exact || sql.exact;
  }
  return {fmt::format("{}({})", name, fmt::join(arguments, ", ")), SqlLevel::kAtom, any_exact};
}

Sql SqlWriter::nullif(const Node& node) {
  const Sql value = write(*node.children[0]);
  const std::string other = at_level(write(*node.children[1]), SqlLevel::kAdd);
  const auto body = [&other](const std::string& x) {
    return fmt::format("CASE WHEN {0} = {1} THEN NULL ELSE {0} END", x, other);
  };
  return {bind(value, body), SqlLevel::kAtom, value.exact};
}

Sql SqlWriter::rounded(const Node& node) {
  const Node& number = *node.children[0];
  const bool has_digits = node.children.size() > 1;
  const auto digits = has_digits ? node.children[1]->value.integer : 0;
  if (number.type.is(TypeKind::kInt)) return write(number);
  if (node.type.is(TypeKind::kDecimal) && digits >= number.type.scale) return exact(number);
  const std::string more = has_digits ? fmt::format(", {}", digits) : "";
  Sql sql{fmt::format("{}({}{})", node.function->name, exact(number).text, more)};
  if (node.type.is(TypeKind::kInt)) return cast_to(sql, kIntType);
  return pin_type(std::move(sql), node);
}

Sql SqlWriter::call_numbers(const Node& node) {
  Sql sql = strict_call(node.function->name, node);
  switch (node.function->id) {
    case FunctionId::kAbs:
      if (node.type.is(TypeKind::kInt)) return guarded(std::move(sql.text));
      return pin_type(std::move(sql), node);
    case FunctionId::kPow:
      return finite_or_null(sql);
    case FunctionId::kExp:
      return sql;
    default:
      return guarded(std::move(sql.text));  // ln, log10, sqrt
  }
}

// The engine's own rules for offsets before the text's begin depend on its statistics, so whatever
// is not a plain offset becomes null before it gets there.
Sql SqlWriter::text_part(const Node& node) {
  std::string text = fmt::format("{}({}", node.function->name, write(*node.children[0]).text);
  for (size_t i = 1; i < node.children.size(); ++i) {
    const Node& child = *node.children[i];
    const bool starts = node.function->id == FunctionId::kSubstr && i == 1;
    const auto body = [starts](const std::string& x) {
      return fmt::format("CASE WHEN {0} BETWEEN {1} AND {2} THEN {0} END", x, starts ? 1 : 0,
                         kLargestOffset);
    };
    const bool plain =
        child.is(NodeKind::kLiteral) && !child.value.null && child.value.integer <= kLargestOffset;
    text += ", " + (plain ? literal(child).text : bind(exact(child), body));
  }
  return {text + ")"};
}

Sql SqlWriter::call_texts(const Node& node) {
  if (node.function->id == FunctionId::kSubstr || node.function->id == FunctionId::kRight) {
    return text_part(node);
  }
  if (node.function->id != FunctionId::kTrim) return strict_call(node.function->name, node);
  return {fmt::format("trim({}, E' \\t\\n\\r' || chr(160))", write(*node.children[0]).text)};
}

Sql SqlWriter::to_text(const Node& node) {
  const Node& child = *node.children[0];
  const Sql sql = exact(child);
  if (child.type.is(TypeKind::kText)) return sql;
  if (!child.type.is(TypeKind::kReal)) return cast_to(sql, kTextType);
  const auto body = [](const std::string& x) {
    return fmt::format("CASE WHEN isfinite({0}) THEN CAST({0} AS VARCHAR) END", x);
  };
  return {bind(sql, body)};
}

Sql SqlWriter::to_int(const Node& node) {
  const Node& child = *node.children[0];
  const Sql sql = exact(child);
  if (child.type.is(TypeKind::kInt)) return sql;
  if (child.type.is(TypeKind::kText)) {
    return try_cast_to({extract(sql.text, "[+-]?[0-9]+")}, kIntType);
  }
  return try_cast_to({fmt::format("round({})", sql.text)}, kIntType);
}

Sql SqlWriter::to_decimal(const Node& node) {
  Sql sql = exact(*node.children[0]);
  if (node.children[0]->type.is(TypeKind::kReal)) {
    std::string unit;
    append_decimal(unit, 1, node.type.scale);
    sql.text = fmt::format("TRY_CAST(round({} * 1e{}) AS BIGINT) * {}",
                           at_level(sql, SqlLevel::kMultiply), node.type.scale, unit);
  }
  return guarded_cast(sql, node.type);
}

Sql SqlWriter::call_conversion(const Node& node) {
  const Node& child = *node.children[0];
  switch (node.function->id) {
    case FunctionId::kToText:
      return to_text(node);
    case FunctionId::kToInt:
      return to_int(node);
    case FunctionId::kToDecimal:
      return to_decimal(node);
    default:
      break;
  }
  const Sql sql = write(child);
  if (!child.type.is(TypeKind::kText)) {
    return child.type == node.type && sql.exact ? sql : cast_to(sql, node.type);
  }
  const std::string_view pattern = node.type.is(TypeKind::kDate)
                                       ? "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"
                                       : "[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?";
  return try_cast_to({extract(sql.text, pattern)}, node.type);
}

Sql SqlWriter::call_moments(const Node& node) {
  if (node.function->id == FunctionId::kWeekday) return strict_call("isodow", node);
  if (node.function->id != FunctionId::kDaysBetween) return strict_call(node.function->name, node);
  const auto day = [this](const Node& moment) {
    const Sql sql = write(moment);
    return moment.type.is(TypeKind::kDate) ? sql : cast_to(sql, kDateType);
  };
  return binary(Operator::kSubtract, day(*node.children[1]), day(*node.children[0]));
}

Sql SqlWriter::call(const Node& node) {
  switch (node.function->id) {
    case FunctionId::kCoalesce:
    case FunctionId::kLeast:
    case FunctionId::kGreatest:
    case FunctionId::kConcat:
      return null_safe_call(node.function->name, node);
    case FunctionId::kNullif:
      return nullif(node);
    case FunctionId::kRound:
    case FunctionId::kFloor:
    case FunctionId::kCeil:
      return rounded(node);
    case FunctionId::kAbs:
    case FunctionId::kLn:
    case FunctionId::kLog10:
    case FunctionId::kExp:
    case FunctionId::kSqrt:
    case FunctionId::kPow:
      return call_numbers(node);
    case FunctionId::kToText:
    case FunctionId::kToInt:
    case FunctionId::kToReal:
    case FunctionId::kToDecimal:
    case FunctionId::kToDate:
      return call_conversion(node);
    case FunctionId::kYear:
    case FunctionId::kMonth:
    case FunctionId::kDay:
    case FunctionId::kWeekday:
    case FunctionId::kHour:
    case FunctionId::kDaysBetween:
      return call_moments(node);
    default:
      return call_texts(node);
  }
}

}  // namespace coterie::expr
