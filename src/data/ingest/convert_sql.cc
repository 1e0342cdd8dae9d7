#include "data/ingest/convert_sql.h"

#include <cstdlib>

#include <fmt/format.h>

#include "data/ingest/convert_internal.h"

namespace coterie::data {
namespace {

constexpr const char* kNumber = "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?";
constexpr const char* kWholeNumber = "[+-]?[0-9]{1,19}([.]0*)?";

std::string number_text(const ConversionRules& rules) {
  return rules.decimal_comma ? "replace(trim({r}), ',', '.')" : "trim({r})";
}

std::string matched(const std::string& text, const std::string& pattern) {
  return fmt::format("CASE WHEN regexp_full_match({0}, '{1}') THEN {0} END", text, pattern);
}

Conversion simple(std::string value, std::string reason, std::string sql_type) {
  Conversion made;
  made.prepared = std::move(value);
  made.value = "{p}";
  made.reason = std::move(reason);
  made.sql_type = std::move(sql_type);
  return made;
}

// Ids and texts: the value as it is written.
std::optional<Conversion> text_conversion(ColumnKind kind, SourceType type,
                                          const ConversionRules& rules, std::string& mend) {
  Conversion made;
  made.sql_type = "VARCHAR";
  made.value = "{r}::VARCHAR";
  switch (type) {
    case SourceType::kText:
      if (rules.integer_text) {
        made.value =
            "CASE WHEN regexp_full_match({r}, '[+-]?[0-9]+[.]0*') "
            "THEN left({r}, instr({r}, '.') - 1) ELSE {r} END";
      }
      return made;
    case SourceType::kInteger:
      if (kind != ColumnKind::kId) return made;
      made.value = "TRY_CAST({r} AS BIGINT)";
      made.reason = "an integer id beyond 64 bits";
      made.sql_type = "BIGINT";
      made.numeric_id = true;
      return made;
    case SourceType::kReal:
      made.value = "CASE WHEN isfinite({r}) THEN {r}::VARCHAR END";
      made.reason = "not a finite number";
      if (rules.integer_text) {
        made.value =
            "CASE WHEN isfinite({r}) AND {r} = trunc({r}) AND abs({r}) < 9e15 "
            "THEN {r}::BIGINT::VARCHAR WHEN isfinite({r}) THEN {r}::VARCHAR END";
      }
      return made;
    case SourceType::kOther:
      mend = "map a column of texts or numbers, or an expression";
      return std::nullopt;
    default:
      return made;
  }
}

std::optional<Conversion> integer_conversion(SourceType type, const ConversionRules& rules,
                                             std::string& mend) {
  const std::string reason = "not a whole number";
  switch (type) {
    case SourceType::kText:
      // Only digits, because the engine would round "1.5" and read "0x10".
      return simple(fmt::format("CASE WHEN regexp_full_match({0}, '{1}') "
                                "THEN TRY_CAST(split_part({0}, '.', 1) AS BIGINT) END",
                                number_text(rules), kWholeNumber),
                    reason, "BIGINT");
    case SourceType::kInteger:
      return simple("TRY_CAST({r} AS BIGINT)", reason, "BIGINT");
    case SourceType::kReal:
      return simple(
          "CASE WHEN isfinite({r}) AND {r} = trunc({r}) AND abs({r}) < 9.2e18 "
          "THEN {r}::BIGINT END",
          reason, "BIGINT");
    case SourceType::kDecimal:
      return simple("CASE WHEN {r} = trunc({r}) THEN TRY_CAST({r} AS BIGINT) END", reason,
                    "BIGINT");
    case SourceType::kBool:
      return simple("{r}::BIGINT", reason, "BIGINT");
    default:
      mend = "map a column of whole numbers";
      return std::nullopt;
  }
}

std::optional<Conversion> real_conversion(SourceType type, const ConversionRules& rules,
                                          std::string& mend) {
  std::string number;
  switch (type) {
    case SourceType::kText:
      number = fmt::format("TRY_CAST({} AS DOUBLE)", matched(number_text(rules), kNumber));
      break;
    case SourceType::kInteger:
    case SourceType::kReal:
    case SourceType::kDecimal:
    case SourceType::kBool:
      number = "{r}::DOUBLE";
      break;
    default:
      mend = "map a column of numbers";
      return std::nullopt;
  }
  Conversion made;
  made.prepared = number;
  made.value = "CASE WHEN isfinite({p}) THEN {p} END";
  made.reason = "not a finite number";
  made.sql_type = "DOUBLE";
  return made;
}

// Digits behind the point of DECIMAL(18,2); 0 for integers.
int decimal_scale(const std::string& sql_type) {
  const size_t comma = sql_type.find(',');
  return comma == std::string::npos ? 0 : std::atoi(sql_type.c_str() + comma + 1);
}

std::string money_type(const Money& money) {
  return fmt::format("DECIMAL(18, {})", money.decimals);
}

// An exact decimal {m} rounded to the money's decimals. The engine rounds halves away from zero
// (half up); half even takes the step back where a tie went to an odd last digit.
std::string rounded(const Money& money) {
  const std::string type = money_type(money);
  const std::string away = fmt::format("TRY_CAST({{m}} AS {})", type);
  if (money.rounding == MoneyRounding::kHalfUp) return away;
  const std::string unit = fmt::format("1e-{}::DECIMAL(18, {})", money.decimals, money.decimals);
  const std::string half = fmt::format("5e-{0}::DECIMAL(18, {0})", money.decimals + 1);
  const std::string odd =
      fmt::format("CAST({} * 1e{}::BIGINT AS HUGEINT) % 2 <> 0", away, money.decimals);
  return fmt::format(
      "CASE WHEN abs({{m}} - {0}) = {1} AND {2} "
      "THEN CAST({0} - CASE WHEN {{m}} > 0 THEN {3} ELSE -{3} END AS {4}) ELSE {0} END",
      away, half, odd, unit, type);
}

// Money from floating point: the decimal that the number displays as, rounded. Away from ties the
// engine's own rounding of the binary value is the same and much faster.
Conversion money_from_real(const std::string& sql_type, const Money& money) {
  const bool single = sql_type == "FLOAT";
  const std::string scaled = fmt::format("{{r}}::DOUBLE * 1e{}", money.decimals);
  const std::string near_tie = fmt::format(
      "abs(abs({0} - trunc({0})) - 0.5) < 1e-4 + abs({0}) * {1}", scaled, single ? "2e-7" : "0");
  Conversion made;
  made.prepared = "CASE WHEN isfinite({r}) AND abs({r}) < 1e12 THEN " + near_tie + " END";
  made.middle = "CASE WHEN {p} THEN TRY_CAST({r}::VARCHAR AS DECIMAL(38, 18)) END";
  made.value = fmt::format("CASE WHEN NOT {{p}} THEN TRY_CAST({{r}} AS {}) WHEN {{p}} THEN {} END",
                           money_type(money), rounded(money));
  return made;
}

// Money from text. Wide decimals are slow in the engine, so they are made only of texts with more
// digits than the money has: {p} is whether the text needs no rounding.
Conversion money_from_text(const ConversionRules& rules) {
  const std::string text = number_text(rules);
  const int decimals = rules.money.decimals;
  Conversion made;
  made.prepared = fmt::format(
      "CASE WHEN regexp_full_match({0}, '[+-]?[0-9]{{1,{1}}}([.][0-9]{{0,{2}}})?') THEN true "
      "WHEN regexp_full_match({0}, '[+-]?([0-9]{{1,18}}([.][0-9]{{0,18}})?|[.][0-9]{{1,18}})"
      "([eE][+-]?[0-9]{{1,2}})?') THEN false END",
      text, 18 - decimals, decimals);
  made.middle = fmt::format("CASE WHEN NOT {{p}} THEN TRY_CAST({} AS DECIMAL(38, 18)) END", text);
  made.value = fmt::format("CASE WHEN {{p}} THEN TRY_CAST({} AS {}) WHEN NOT {{p}} THEN {} END",
                           text, money_type(rules.money), rounded(rules.money));
  return made;
}

std::optional<Conversion> money_conversion(const std::string& sql_type,
                                           const ConversionRules& rules, std::string& mend) {
  Conversion made;
  switch (source_type(sql_type)) {
    case SourceType::kText:
      made = money_from_text(rules);
      break;
    case SourceType::kInteger:
    case SourceType::kDecimal:
      if (decimal_scale(sql_type) <= rules.money.decimals) {
        made.value = fmt::format("TRY_CAST({{r}} AS {})", money_type(rules.money));
      } else {
        made.middle = "TRY_CAST({r} AS DECIMAL(38, 18))";
        made.value = rounded(rules.money);
      }
      break;
    case SourceType::kReal:
      made = money_from_real(sql_type, rules.money);
      break;
    default:
      mend = "map a column of numbers";
      return std::nullopt;
  }
  made.sql_type = money_type(rules.money);
  made.reason = "not an amount of money";
  return made;
}

std::optional<Conversion> bool_conversion(SourceType type, std::string& mend) {
  const std::string reason = "neither true nor false";
  switch (type) {
    case SourceType::kText:
      return simple(
          "CASE WHEN lower(trim({r})) IN ('true', 'yes', 't', 'y', '1') THEN true "
          "WHEN lower(trim({r})) IN ('false', 'no', 'f', 'n', '0') THEN false END",
          reason, "BOOLEAN");
    case SourceType::kInteger:
      return simple("CASE WHEN {r} = 1 THEN true WHEN {r} = 0 THEN false END", reason, "BOOLEAN");
    case SourceType::kBool:
      return simple("{r}", reason, "BOOLEAN");
    default:
      mend = "map a column of true and false";
      return std::nullopt;
  }
}

}  // namespace

SourceType source_type(const std::string& sql_type) {
  if (sql_type == "VARCHAR" || sql_type.starts_with("ENUM") || sql_type == "UUID") {
    return SourceType::kText;
  }
  if (sql_type.ends_with("]")) return SourceType::kOther;
  if (sql_type.starts_with("DECIMAL")) return SourceType::kDecimal;
  if (sql_type == "TIMESTAMP WITH TIME ZONE") return SourceType::kTimestampTz;
  if (sql_type.starts_with("TIMESTAMP")) return SourceType::kTimestamp;
  if (sql_type == "DATE") return SourceType::kDate;
  if (sql_type == "BOOLEAN") return SourceType::kBool;
  if (sql_type == "FLOAT" || sql_type == "DOUBLE") return SourceType::kReal;
  if (sql_type.ends_with("INT") || sql_type.ends_with("INTEGER")) return SourceType::kInteger;
  return SourceType::kOther;
}

std::optional<Conversion> make_conversion(ColumnKind kind, const std::string& sql_type,
                                          const ConversionRules& rules, std::string& mend) {
  const SourceType type = source_type(sql_type);
  switch (kind) {
    case ColumnKind::kId:
    case ColumnKind::kText:
      return text_conversion(kind, type, rules, mend);
    case ColumnKind::kInteger:
      return integer_conversion(type, rules, mend);
    case ColumnKind::kReal:
      return real_conversion(type, rules, mend);
    case ColumnKind::kMoney:
      return money_conversion(sql_type, rules, mend);
    case ColumnKind::kDate:
      return date_conversion(type, rules, mend);
    case ColumnKind::kTime:
      return time_conversion(type, rules, mend);
    case ColumnKind::kBool:
      return bool_conversion(type, mend);
  }
  return std::nullopt;
}

std::string bind_layer(const std::string& sql, const std::string& r, const std::string& p,
                       const std::string& m) {
  std::string bound;
  for (size_t at = 0; at < sql.size();) {
    const std::string_view token = std::string_view(sql).substr(at, 3);
    const std::string* part = token == "{r}"   ? &r
                              : token == "{p}" ? &p
                              : token == "{m}" ? &m
                                               : nullptr;
    if (part) {
      bound += *part;
      at += 3;
    } else {
      bound += sql[at++];
    }
  }
  return bound;
}

}  // namespace coterie::data
