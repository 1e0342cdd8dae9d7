#include "expr/functions.h"

namespace coterie::expr {
namespace {

using A = ArgumentRule;
using F = FunctionId;
using R = ResultRule;

std::vector<Function> value_and_number_functions() {
  return {
      {F::kCoalesce, "coalesce", 1, -1, A::kCommon, A::kCommon, R::kCommon, "coalesce(a, b, ...)",
       "the first argument that is not null"},
      {F::kNullif, "nullif", 2, 2, A::kCommon, A::kCommon, R::kCommon, "nullif(a, b)",
       "null where a = b, else a"},
      {F::kLeast, "least", 1, -1, A::kCommon, A::kCommon, R::kCommon, "least(a, b, ...)",
       "the smallest argument; nulls are passed over; also written min"},
      {F::kGreatest, "greatest", 1, -1, A::kCommon, A::kCommon, R::kCommon, "greatest(a, b, ...)",
       "the largest argument; nulls are passed over; also written max"},
      {F::kAbs, "abs", 1, 1, A::kNumber, A::kNumber, R::kFirst, "abs(x)", "x without its sign"},
      {F::kRound, "round", 1, 2, A::kNumber, A::kDigits, R::kRounded, "round(x [, digits])",
       "nearest number with that many digits after the point (0 to 15, default 0), halves away "
       "from zero; a decimal becomes decimal(digits), or int without digits"},
      {F::kFloor, "floor", 1, 1, A::kNumber, A::kNumber, R::kRounded, "floor(x)",
       "largest whole number not above x; int for a decimal"},
      {F::kCeil, "ceil", 1, 1, A::kNumber, A::kNumber, R::kRounded, "ceil(x)",
       "smallest whole number not below x; int for a decimal"},
      {F::kLn, "ln", 1, 1, A::kReal, A::kReal, R::kReal, "ln(x)",
       "natural logarithm; null for x <= 0"},
      {F::kLog10, "log10", 1, 1, A::kReal, A::kReal, R::kReal, "log10(x)",
       "decimal logarithm; null for x <= 0"},
      {F::kExp, "exp", 1, 1, A::kReal, A::kReal, R::kReal, "exp(x)", "e to the power x"},
      {F::kSqrt, "sqrt", 1, 1, A::kReal, A::kReal, R::kReal, "sqrt(x)",
       "square root; null for x < 0"},
      {F::kPow, "pow", 2, 2, A::kReal, A::kReal, R::kReal, "pow(x, y)",
       "x to the power y; null where that is no finite real number"},
  };
}

std::vector<Function> text_and_time_functions() {
  return {
      {F::kLower, "lower", 1, 1, A::kText, A::kText, R::kText, "lower(s)",
       "each character in lower case (Unicode, one character to one)"},
      {F::kUpper, "upper", 1, 1, A::kText, A::kText, R::kText, "upper(s)",
       "each character in upper case (Unicode, one character to one)"},
      {F::kTrim, "trim", 1, 1, A::kText, A::kText, R::kText, "trim(s)",
       "s without space, tab, newline, carriage return and no-break space at both ends"},
      {F::kLength, "length", 1, 1, A::kText, A::kText, R::kInt, "length(s)",
       "number of characters (code points)"},
      {F::kSubstr, "substr", 2, 3, A::kText, A::kInt, R::kText, "substr(s, start [, length])",
       "part of s from character start on, counted from 1, at most length characters; null for a "
       "start below 1 or a length below 0"},
      {F::kRight, "right", 2, 2, A::kText, A::kInt, R::kText, "right(s, n)",
       "the last n characters of s, all of it if it has fewer; null for n below 0"},
      {F::kConcat, "concat", 1, -1, A::kText, A::kText, R::kText, "concat(a, b, ...)",
       "the texts one after the other; nulls are passed over"},
      {F::kContains, "contains", 2, 2, A::kText, A::kText, R::kBool, "contains(s, part)",
       "whether part occurs in s"},
      {F::kStartsWith, "starts_with", 2, 2, A::kText, A::kText, R::kBool, "starts_with(s, part)",
       "whether s begins with part"},
      {F::kEndsWith, "ends_with", 2, 2, A::kText, A::kText, R::kBool, "ends_with(s, part)",
       "whether s ends with part"},
      {F::kReplace, "replace", 3, 3, A::kText, A::kText, R::kText, "replace(s, from, to)",
       "s with every from, left to right, replaced by to; an empty from changes nothing"},
      {F::kToText, "to_text", 1, 1, A::kAny, A::kAny, R::kText, "to_text(x)",
       "x as text: 42, 19.90, 0.5, true, 2024-01-31, 2024-01-31 09:05:00"},
      {F::kToInt, "to_int", 1, 1, A::kNumberOrText, A::kAny, R::kInt, "to_int(x)",
       "nearest int, halves away from zero; text must be digits with an optional sign, blanks "
       "around it are allowed; otherwise null"},
      {F::kToReal, "to_real", 1, 1, A::kNumberOrText, A::kAny, R::kReal, "to_real(x)",
       "as a real; text like 12, -1.5, .5, 1e-3, blanks around it are allowed; otherwise null"},
      {F::kToDecimal, "to_decimal", 2, 2, A::kNumber, A::kDigits, R::kDecimal,
       "to_decimal(x, digits)",
       "as a decimal(digits), halves away from zero; null where 18 digits do not hold it"},
      {F::kToDate, "to_date", 1, 1, A::kTextOrMoment, A::kAny, R::kDate, "to_date(x)",
       "day of a timestamp (UTC), or text like 2024-01-31 with a year from 1000 to 9999, blanks "
       "around it are allowed; otherwise null"},
      {F::kYear, "year", 1, 1, A::kMoment, A::kAny, R::kInt, "year(t)", "calendar year (UTC)"},
      {F::kMonth, "month", 1, 1, A::kMoment, A::kAny, R::kInt, "month(t)", "1 to 12 (UTC)"},
      {F::kDay, "day", 1, 1, A::kMoment, A::kAny, R::kInt, "day(t)", "day of the month (UTC)"},
      {F::kWeekday, "weekday", 1, 1, A::kMoment, A::kAny, R::kInt, "weekday(t)",
       "1 = Monday to 7 = Sunday (UTC)"},
      {F::kHour, "hour", 1, 1, A::kTimestamp, A::kAny, R::kInt, "hour(t)", "0 to 23 (UTC)"},
      {F::kDaysBetween, "days_between", 2, 2, A::kMoment, A::kMoment, R::kInt, "days_between(a, b)",
       "calendar days from a to b (UTC), negative if b is earlier"},
  };
}

struct NamePair {
  std::string_view name;
  std::string_view other;
};
constexpr NamePair kAliases[] = {
    {"min", "least"}, {"max", "greatest"}, {"substring", "substr"},
    {"power", "pow"}, {"ceiling", "ceil"},
};

constexpr NamePair kForeign[] = {
    {"log", "write ln(x) for the natural logarithm or log10(x) for the decimal one"},
    {"ifnull", "write coalesce(x, replacement)"},
    {"nvl", "write coalesce(x, replacement)"},
    {"isnull", "write x is null"},
    {"is_null", "write x is null"},
    {"iif", "write if(condition, a, b)"},
    {"len", "write length(s)"},
    {"left", "write substr(s, 1, n)"},
    {"cast", "write to_int(x), to_real(x), to_decimal(x, digits), to_text(x) or to_date(x)"},
    {"mod", "write x % y"},
    {"datediff", "write days_between(a, b)"},
    {"date_diff", "write days_between(a, b)"},
    {"dayofweek", "write weekday(t)"},
    {"regexp_matches", "use like, contains, starts_with or ends_with"},
    {"regex_match", "use like, contains, starts_with or ends_with"},
    {"date", "write date '2024-01-31', or to_date(x)"},
    {"timestamp", "write timestamp '2024-01-31 09:05:00'"},
};

}  // namespace

const std::vector<Function>& all_functions() {
  static const std::vector<Function> functions = [] {
    std::vector<Function> all = value_and_number_functions();
    for (const Function& function : text_and_time_functions()) all.push_back(function);
    return all;
  }();
  return functions;
}

const Function* find_function(std::string_view name) {
  for (const auto& [alias, target] : kAliases) {
    if (alias == name) name = target;
  }
  for (const Function& function : all_functions()) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names{"if"};
  for (const Function& function : all_functions()) names.emplace_back(function.name);
  for (const auto& [alias, target] : kAliases) names.emplace_back(alias);
  return names;
}

std::string_view foreign_function_mend(std::string_view name) {
  for (const auto& [foreign, mend] : kForeign) {
    if (foreign == name) return mend;
  }
  return {};
}

}  // namespace coterie::expr
