#pragma once
// The SQL writer's class, shared by its files: operators (sql.cc), arithmetic
// (sql_arithmetic.cc), functions (sql_call.cc), what keeps SQL from failing (sql_guard.cc).

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "expr/sql.h"

namespace coterie::expr {

// How tightly a piece of SQL holds together, loosest first.
enum class SqlLevel : int { kOr, kAnd, kNot, kCompare, kAdd, kMultiply, kAtom };

struct Sql {
  std::string text;
  SqlLevel level = SqlLevel::kAtom;
  bool exact = true;  // its SQL type is Type::to_sql() of the node, not a narrower one
};

class SqlWriter {
 public:
  SqlWriter(const std::vector<Column>& columns, const QuoteColumn& quote)
      : columns_(columns), quote_(quote) {}

  // Neither result ever raises an error for any row.
  Sql write(const Node& node);  // may be narrow
  Sql exact(const Node& node);  // of the node's full SQL type
  std::string root(const Node& node);

 private:
  Sql column(const Node& node);
  Sql literal(const Node& node);
  Sql convert(const Node& node);
  Sql negate(const Node& node);
  Sql arithmetic(const Node& node);
  Sql int_arithmetic(const Node& node);
  Sql real_arithmetic(const Node& node);
  Sql decimal_arithmetic(const Node& node);
  Sql binary(Operator op, const Sql& left, const Sql& right);
  Sql logic(const Node& node, std::string_view word, SqlLevel level);
  Sql comparison(const Node& node);
  Sql case_when(const Node& node);

  Sql call(const Node& node);
  Sql call_numbers(const Node& node);
  Sql call_texts(const Node& node);
  Sql text_part(const Node& node);
  Sql call_conversion(const Node& node);
  Sql call_moments(const Node& node);
  Sql rounded(const Node& node);
  Sql to_text(const Node& node);
  Sql to_int(const Node& node);
  Sql to_decimal(const Node& node);
  // name(children...), of exact and of possibly narrow children.
  Sql strict_call(std::string_view name, const Node& node);
  Sql null_safe_call(std::string_view name, const Node& node);
  Sql nullif(const Node& node);

  // body(x) mentions x more than once: short text is repeated, long text is bound to a lambda's
  // parameter, so that nesting cannot double the text again and again.
  std::string bind(const Sql& value, const std::function<std::string(const std::string&)>& body);
  Sql finite_or_null(const Sql& value);

  const std::vector<Column>& columns_;
  const QuoteColumn& quote_;
  int bound_ = 0;
};

// Longer text is bound to a name instead of being repeated.
inline constexpr size_t kRepeatedText = 160;

inline bool is_number_literal(const Node& node) {
  return node.is(NodeKind::kLiteral) && node.type.is_number() && !node.value.null;
}

std::string at_level(const Sql& sql, SqlLevel least);  // in parentheses where needed
std::string sql_text_literal(std::string_view text);
Sql cast_to(const Sql& sql, Type type);
// TRY and TRY_CAST as sql.h says; the operands of `text` raise no error.
Sql guarded(std::string text);
Sql guarded_cast(const Sql& sql, Type type);
Sql try_cast_to(const Sql& sql, Type type);
// A decimal operation that the engine finds to be null while binding loses its type: where that can
// happen the type is written out.
Sql pin_type(Sql sql, const Node& node);

}  // namespace coterie::expr
