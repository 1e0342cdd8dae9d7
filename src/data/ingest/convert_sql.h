#pragma once
// From a source value to a role's column in SQL: what is stored, and which values are refused.
//
// A conversion has three layers, because SQL text of one layer may be used several times in the
// next: `prepared` over the source expression, `middle` over the prepared value, `value` over both.
// Placeholders: {r} the source value, {p} the prepared and {m} the middle one. A source value that
// is not null but whose `value` is null is a bad one.
//
// Text is trimmed before it is read as a number or a time; ids and texts are stored as they are.
// NaN and infinity are bad in every numeric column.

#include <optional>
#include <string>

#include "base/result.h"
#include "base/timezone.h"
#include "data/project/project.h"
#include "data/project/roles.h"

namespace coterie::data {

// How the engine's type of a source column is read.
enum class SourceType {
  kText,
  kInteger,
  kReal,  // FLOAT, DOUBLE
  kDecimal,
  kBool,
  kDate,
  kTimestamp,    // a wall time of the project's zone
  kTimestampTz,  // an instant
  kOther,
};
SourceType source_type(const std::string& sql_type);

struct ConversionRules {
  Money money;
  TimeZone zone;
  std::string time_format;     // "", a strptime pattern, unix_s, unix_ms, unix_us
  bool decimal_comma = false;  // of texts
  bool integer_text = false;   // id rule: 17850.0 -> 17850
};

struct Conversion {
  std::string prepared;     // over {r}; empty = {r} itself
  std::string middle;       // over {r}, {p}; empty = {p} itself
  std::string value;        // over {r}, {p}, {m}; null where the source is null
  std::string reason;       // of a bad value, as rejected rows say: "not a number"
  std::string day;          // of kTime and kDate: the DATE in the project's zone; else empty
  std::string sql_type;     // of `value`
  bool numeric_id = false;  // of kId: the value is BIGINT
};

// nullopt when a column of `kind` cannot be made of `sql_type` at all (a list as a price); `mend`
// then says what to do about it.
std::optional<Conversion> make_conversion(ColumnKind kind, const std::string& sql_type,
                                          const ConversionRules& rules, std::string& mend);

// Replaces the placeholders.
std::string bind_layer(const std::string& sql, const std::string& r, const std::string& p,
                       const std::string& m);

}  // namespace coterie::data
