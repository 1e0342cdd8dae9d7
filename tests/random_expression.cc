#include "random_expression.h"

#include <fmt/format.h>

namespace coterie::expr {

std::string RandomExpression::column(TypeKind kind) {
  std::vector<std::string> names;
  for (const Column& column : schema_.columns()) {
    if (column.type.is(kind)) names.push_back("`" + column.name + "`");
  }
  return one_of(names);
}

std::string RandomExpression::generic(int depth, std::string (RandomExpression::*make)(int)) {
  const auto next = [&] { return (this->*make)(depth - 1); };
  switch (pick(7)) {
    case 0:
      return fmt::format("coalesce({}, {})", next(), next());
    case 1:
      return fmt::format("nullif({}, {})", next(), next());
    case 2:
      return fmt::format("if({}, {}, {})", condition(depth - 1), next(), next());
    case 3:
      return fmt::format("case when {} then {} when {} then {} end", condition(depth - 1), next(),
                         condition(depth - 1), next());
    case 4:
      return fmt::format("min({}, {}, {})", next(), next(), next());
    case 5:
      return fmt::format("greatest({}, {})", next(), next());
    default:
      return fmt::format("if({}, null, {})", condition(depth - 1), next());
  }
}

std::string RandomExpression::number(int depth) {
  switch (pick(3)) {
    case 0:
      return integer(depth);
    case 1:
      return decimal(depth);
    default:
      return real(depth);
  }
}

std::string RandomExpression::comparison(int depth) {
  const std::string op = one_of({"=", "<>", "<", "<=", ">", ">=", "==", "!="});
  const std::string negation = one_of({"", " not"});
  switch (pick(9)) {
    case 0:
      return fmt::format("{} {} {}", text(depth), op, text(depth));
    case 1:
      return fmt::format("{} {} {}", date(depth), op, date(depth));
    case 2:
      return fmt::format("{} {} {}", timestamp(depth), op, timestamp(depth));
    case 3:
      return fmt::format("{}{} between {} and {}", number(depth), negation, number(depth),
                         number(depth));
    case 4:
      return fmt::format("{}{} in ({}, {}, null)", number(depth), negation, number(depth),
                         number(depth));
    case 5:
      return fmt::format("{}{} in ({}, {})", text(depth), negation, text(depth), text(depth));
    case 6:
      return fmt::format("{}{} like {}", text(depth), negation,
                         one_of({"'%a%'", "'_b%'", "'%'", "'A_'", "''", "'%\\_%'", text(depth)}));
    default:
      return fmt::format("{} {} {}", number(depth), op, number(depth));
  }
}

std::string RandomExpression::condition(int depth) {
  if (depth <= 0) return pick(4) == 0 ? one_of({"true", "false"}) : column(TypeKind::kBool);
  const auto next = [&] { return "(" + condition(depth - 1) + ")"; };
  switch (pick(10)) {
    case 0:
      return fmt::format("{} and {} && {}", next(), next(), next());
    case 1:
      return fmt::format("{} or {} || {}", next(), next(), next());
    case 2:
      return one_of({"not ", "!"}) + next();
    case 3:
      return fmt::format("({}) is {}null", any(depth - 1), one_of({"", "not "}));
    case 4:
      return fmt::format("{}({}, {})", one_of({"contains", "starts_with", "ends_with"}),
                         text(depth - 1), text(depth - 1));
    case 5:
      return generic(depth, &RandomExpression::condition);
    default:
      return comparison(depth - 1);
  }
}

std::string RandomExpression::integer(int depth) {
  if (depth <= 0) {
    if (pick(3) > 0) return column(TypeKind::kInt);
    return one_of({"0", "1", "-1", "2", "3", "-7", "1000000", "2147483647", "4611686018427387904",
                   "9223372036854775807", "-9223372036854775808"});
  }
  const auto next = [&] { return "(" + integer(depth - 1) + ")"; };
  switch (pick(16)) {
    case 0:
    case 1:
      return fmt::format("{} + {}", next(), next());
    case 2:
      return fmt::format("{} - {}", next(), next());
    case 3:
    case 4:
      return fmt::format("{} * {}", next(), next());
    case 5:
      return fmt::format("{} % {}", next(), next());
    case 6:
      return "-" + next();
    case 7:
      return fmt::format("abs({})", next());
    case 8:
      return fmt::format("length({})", text(depth - 1));
    case 9:
      return fmt::format("to_int({})", number(depth - 1));
    case 10:
      return fmt::format("to_int({})", text(depth - 1));
    case 11:
      return fmt::format("{}({})", one_of({"year", "month", "day", "weekday"}), date(depth - 1));
    case 12:
      return fmt::format("{}({})", one_of({"year", "month", "day", "weekday", "hour"}),
                         timestamp(depth - 1));
    case 13:
      return fmt::format("days_between({}, {})", date(depth - 1), timestamp(depth - 1));
    case 14:
      return fmt::format("{}({})", one_of({"round", "floor", "ceil"}), decimal(depth - 1));
    default:
      return generic(depth, &RandomExpression::integer);
  }
}

std::string RandomExpression::decimal(int depth) {
  if (depth <= 0) {
    if (pick(3) > 0) return column(TypeKind::kDecimal);
    return one_of({"0.0", "0.5", "-0.05", "1.25", "19.99", "-100.0", "0.000001", "99999999.99",
                   "999999999999999.999", "-1234567890123456.78"});
  }
  const auto next = [&] { return "(" + decimal(depth - 1) + ")"; };
  switch (pick(13)) {
    case 0:
      return fmt::format("{} + {}", next(), next());
    case 1:
      return fmt::format("{} - {}", next(), next());
    case 2:
      return fmt::format("{} * ({})", next(), integer(depth - 1));
    case 3:
      return fmt::format("({}) + {}", integer(depth - 1), next());
    case 4:
      return fmt::format("({}) - {}", integer(depth - 1), next());
    case 5:
      return fmt::format("{} % {}", next(), next());
    case 6:
      return fmt::format("({}) % {}", integer(depth - 1), next());
    case 7:
      return "-" + next();
    case 8:
      return fmt::format("abs({})", next());
    case 9:
      return fmt::format("{}({}, {})", "round", next(), one_of({"0", "1", "2", "5"}));
    case 10:
      return fmt::format("to_decimal({}, {})", number(depth - 1), one_of({"0", "2", "6", "15"}));
    case 11:
      return fmt::format("coalesce({}, {})", next(), integer(depth - 1));
    default:
      return generic(depth, &RandomExpression::decimal);
  }
}

std::string RandomExpression::real(int depth) {
  if (depth <= 0) {
    if (pick(3) > 0) return column(TypeKind::kReal);
    return one_of({"0e0", "-0e0", "1e0", "0.5e0", "-2.5e0", "1e-5", "1e15", "1e300", "3.7e0",
                   "9.3e18", "1e-308", "123456.789e0"});
  }
  const auto next = [&] { return "(" + real(depth - 1) + ")"; };
  switch (pick(16)) {
    case 0:
      return fmt::format("{} + {}", next(), next());
    case 1:
      return fmt::format("{} - ({})", next(), number(depth - 1));
    case 2:
      return fmt::format("{} * {}", next(), next());
    case 3:
    case 4:
      return fmt::format("({}) / ({})", number(depth - 1), number(depth - 1));
    case 5:
      return fmt::format("{} % ({})", next(), number(depth - 1));
    case 6:
      return "-" + next();
    case 7:
      return fmt::format("{}({})", one_of({"abs", "round", "floor", "ceil"}), next());
    case 8:
      return fmt::format("round({}, {})", next(), one_of({"0", "1", "2", "9", "15"}));
    case 9:
      return fmt::format("{}({})", one_of({"ln", "log10", "exp", "sqrt"}), number(depth - 1));
    case 10:
      return fmt::format("pow({}, {})", next(), number(depth - 1));
    case 11:
      return fmt::format("to_real({})", text(depth - 1));
    case 12:
      return fmt::format("to_real({})", number(depth - 1));
    case 13:
      return fmt::format("coalesce({}, {})", next(), number(depth - 1));
    default:
      return generic(depth, &RandomExpression::real);
  }
}

std::string RandomExpression::text(int depth) {
  if (depth <= 0) {
    if (pick(3) > 0) return column(TypeKind::kText);
    return one_of({"''", "'a'", "'B'", "'42'", "'-1.5e3'", "'2024-02-29'", "' x '", "'it''s'",
                   "'Ünïcödé'", "'日本'", "'%'", "'_'"});
  }
  const auto next = [&] { return text(depth - 1); };
  switch (pick(9)) {
    case 0:
      return fmt::format("{}({})", one_of({"lower", "upper", "trim"}), next());
    case 1:
      return fmt::format("concat({}, {}, {})", next(), next(), one_of({"null", "'-'", next()}));
    case 2:
      return fmt::format("{}({}, {})", one_of({"substr", "right"}), next(),
                         "0 + " + integer(depth - 1));
    case 3:
      return fmt::format("substr({}, {}, {})", next(),
                         one_of({"1", "2", "4", "100", column(TypeKind::kInt)}),
                         one_of({"1", "3", "0", "100", column(TypeKind::kInt)}));
    case 4:
      return fmt::format("replace({}, {}, {})", next(), next(), next());
    case 5:
      return fmt::format("to_text({})", any(depth - 1));
    case 6:
      return fmt::format("to_text({})", number(depth - 1));
    default:
      return generic(depth, &RandomExpression::text);
  }
}

std::string RandomExpression::date(int depth) {
  if (depth <= 0) {
    if (pick(3) > 0) return column(TypeKind::kDate);
    return one_of(
        {"date '2024-02-29'", "date '1999-12-31'", "date '1000-01-01'", "date '9999-12-31'"});
  }
  switch (pick(4)) {
    case 0:
      return fmt::format("to_date({})", timestamp(depth - 1));
    case 1:
      return fmt::format("to_date({})", text(depth - 1));
    default:
      return generic(depth, &RandomExpression::date);
  }
}

std::string RandomExpression::timestamp(int depth) {
  if (depth <= 0) {
    if (pick(3) > 0) return column(TypeKind::kTimestamp);
    return one_of({"timestamp '2024-02-29 23:59:59.999999'", "timestamp '1969-12-31 23:59:59'",
                   "timestamp '2000-01-01'"});
  }
  return generic(depth, &RandomExpression::timestamp);
}

}  // namespace coterie::expr
