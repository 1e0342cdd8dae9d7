#pragma once
// The table of functions: names, how arguments are typed, what they mean. The checker, the SQL
// writer, the evaluator and the reference all read this one table.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::expr {

enum class FunctionId : uint8_t {
  kCoalesce,
  kNullif,
  kLeast,
  kGreatest,
  kAbs,
  kRound,
  kFloor,
  kCeil,
  kLn,
  kLog10,
  kExp,
  kSqrt,
  kPow,
  kLower,
  kUpper,
  kTrim,
  kLength,
  kSubstr,
  kRight,
  kConcat,
  kContains,
  kStartsWith,
  kEndsWith,
  kReplace,
  kToText,
  kToInt,
  kToReal,
  kToDecimal,
  kToDate,
  kYear,
  kMonth,
  kDay,
  kWeekday,
  kHour,
  kDaysBetween,
};

// What an argument may be, and what it is converted to.
enum class ArgumentRule : uint8_t {
  kCommon,        // all arguments are brought to their common type
  kAny,           // anything with a type
  kNumber,        // int, decimal or real, as it is
  kReal,          // a number, converted to real
  kInt,           // int
  kDigits,        // an int literal from 0 to 15
  kText,          // text
  kNumberOrText,  // for conversions
  kTextOrMoment,  // text, date or timestamp
  kMoment,        // date or timestamp
  kTimestamp,     // timestamp
};

enum class ResultRule : uint8_t {
  kCommon,   // the arguments' common type
  kFirst,    // the first argument's type
  kRounded,  // real stays real; decimal becomes decimal(digits), or int without digits; int stays
  kDecimal,  // decimal(digits)
  kBool,
  kInt,
  kReal,
  kText,
  kDate,
};

struct Function {
  FunctionId id;
  std::string_view name;
  int min_arguments;
  int max_arguments;  // -1: any number
  ArgumentRule first;
  ArgumentRule rest;
  ResultRule result;
  std::string_view usage;    // "round(x [, digits])"
  std::string_view meaning;  // one line for the reference
};

const std::vector<Function>& all_functions();
// By lower-case name or alias (min, max, substring, power, ceiling); null if there is none.
const Function* find_function(std::string_view name);
std::vector<std::string> function_names();
// What to write instead of a function that other languages have ("log", "ifnull"); "" if unknown.
std::string_view foreign_function_mend(std::string_view name);

}  // namespace coterie::expr
