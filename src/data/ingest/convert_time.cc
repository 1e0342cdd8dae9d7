#include <fmt/format.h>

#include "data/ingest/convert_internal.h"
#include "data/ingest/time_sql.h"

namespace coterie::data {
namespace {

// What the microseconds of a prepared moment mean.
enum class Meaning {
  kDate,     // local midnight at the end of a DATE
  kLocal,    // a wall time of the project's zone
  kInstant,  // UTC
  kMixed,    // told apart row by row: STRUCT(k, us), k as the values above
};

struct Moment {
  Meaning meaning = Meaning::kInstant;
  std::string sql;  // over {r}; empty = the type holds no moment
};

constexpr const char* kDay = "86400000000";

std::string date_micros(const std::string& date) {
  return fmt::format("epoch_us({}::TIMESTAMP) + {}", date, kDay);
}

std::string row_moment(Meaning meaning, const std::string& micros) {
  return fmt::format("struct_pack(k := {}::TINYINT, us := {})", static_cast<int>(meaning), micros);
}

// ISO 8601 with or without time and zone, told apart row by row.
Moment iso_text_moment() {
  const std::string text = "trim({r})";
  const std::string date = fmt::format("TRY_CAST({} AS DATE)", text);
  const std::string local = fmt::format("TRY_CAST({} AS TIMESTAMP)", text);
  // The engine reads "+02" and "+02:00" but not with a blank before them.
  const std::string zoned =
      fmt::format("TRY_CAST(regexp_replace({}, '\\s+([Z+-])', '\\1') AS TIMESTAMPTZ)", text);
  constexpr const char* kDate = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}";
  constexpr const char* kClock = "[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?";
  constexpr const char* kZone = "\\s*(Z|[+-][0-9]{2}(:?[0-9]{2})?)";
  const std::string sql = fmt::format(
      "CASE WHEN length({0}) <= 10 AND regexp_full_match({0}, '{1}') THEN {4} "
      "WHEN regexp_full_match({0}, '{1}{2}') THEN {5} "
      "WHEN regexp_full_match({0}, '{1}{2}{3}') THEN {6} END",
      text, kDate, kClock, kZone, row_moment(Meaning::kDate, date_micros(date)),
      row_moment(Meaning::kLocal, fmt::format("epoch_us({})", local)),
      row_moment(Meaning::kInstant, fmt::format("epoch_us({})", zoned)));
  return {Meaning::kMixed, sql};
}

Moment pattern_moment(const std::string& pattern) {
  bool clock = false, zone = false;
  for (size_t at = pattern.find('%'); at + 1 < pattern.size() && at != std::string::npos;
       at = pattern.find('%', at + 2)) {
    const size_t letter = pattern[at + 1] == '-' && at + 2 < pattern.size() ? at + 2 : at + 1;
    clock = clock || std::string_view("HIpMSfgncXTR").find(pattern[letter]) != std::string::npos;
    zone = zone || pattern[letter] == 'z' || pattern[letter] == 'Z';
  }
  const std::string parsed = fmt::format("try_strptime(trim({{r}}), {})", quote_text(pattern));
  if (!clock) return {Meaning::kDate, date_micros(parsed + "::DATE")};
  return {zone ? Meaning::kInstant : Meaning::kLocal, fmt::format("epoch_us({})", parsed)};
}

int64_t unix_factor(const std::string& format) {
  if (format == "unix_s") return 1'000'000;
  if (format == "unix_ms") return 1'000;
  if (format == "unix_us") return 1;
  return 0;
}

// Whole numbers are scaled exactly; fractions as reals, whose error is below a microsecond.
Moment unix_moment(SourceType type, int64_t factor) {
  constexpr int64_t kMaxMicros = 9'000'000'000'000'000;
  std::string whole, real;
  switch (type) {
    case SourceType::kInteger:
      whole = "TRY_CAST({r} AS BIGINT)";
      break;
    case SourceType::kText:
      whole = "CASE WHEN regexp_full_match(trim({r}), '-?[0-9]{1,17}') THEN trim({r})::BIGINT END";
      real =
          "CASE WHEN regexp_full_match(trim({r}), '-?[0-9]{1,17}[.][0-9]+') "
          "THEN trim({r})::DOUBLE END";
      break;
    default:
      real = "{r}::DOUBLE";
  }
  std::string micros;
  if (!whole.empty()) {
    micros = fmt::format("CASE WHEN abs({0}) <= {1} THEN {0} * {2} END", whole, kMaxMicros / factor,
                         factor);
  }
  if (!real.empty()) {
    const std::string scaled =
        fmt::format("CASE WHEN isfinite({0}) AND abs({0}) <= {1} THEN round({0} * {2})::BIGINT END",
                    real, kMaxMicros / factor, factor);
    micros = micros.empty() ? scaled : fmt::format("coalesce({}, {})", micros, scaled);
  }
  return {Meaning::kInstant, micros};
}

Moment prepare_moment(SourceType type, const ConversionRules& rules, std::string& mend) {
  const int64_t factor = unix_factor(rules.time_format);
  const bool number =
      type == SourceType::kInteger || type == SourceType::kReal || type == SourceType::kDecimal;
  if (factor > 0 && (number || type == SourceType::kText)) return unix_moment(type, factor);
  if (number) {
    mend = "if these are seconds since 1970 write 'time_format: unix_s' (or unix_ms, unix_us)";
    return {};
  }
  switch (type) {
    case SourceType::kText:
      return rules.time_format.empty() ? iso_text_moment() : pattern_moment(rules.time_format);
    case SourceType::kDate:
      return {Meaning::kDate, "CASE WHEN isfinite({r}) THEN " + date_micros("{r}") + " END"};
    case SourceType::kTimestamp:
      return {Meaning::kLocal,
              "CASE WHEN isfinite({r}::TIMESTAMP) THEN epoch_us({r}::TIMESTAMP) END"};
    case SourceType::kTimestampTz:
      return {Meaning::kInstant, "CASE WHEN isfinite({r}) THEN epoch_us({r}) END"};
    default:
      mend = "map a column of dates or times";
      return {};
  }
}

// UTC microseconds of {p}.
std::string utc_sql(Meaning meaning, const TimeZone& zone) {
  switch (meaning) {
    case Meaning::kDate:
      return fmt::format("{{p}} - ({}) - 1", local_offset_sql(zone, "{p}"));
    case Meaning::kLocal:
      return fmt::format("{{p}} - ({})", local_offset_sql(zone, "{p}"));
    case Meaning::kInstant:
      return "{p}";
    case Meaning::kMixed:
      return fmt::format(
          "{{p}}.us - CASE {{p}}.k WHEN 2 THEN 0 ELSE {} END - CASE {{p}}.k WHEN 0 THEN 1 ELSE 0 "
          "END",
          local_offset_sql(zone, "{p}.us"));
  }
  return "";
}

// Local microseconds of {p} on its own day; `instant` is SQL of the UTC microseconds.
std::string local_sql(Meaning meaning, const TimeZone& zone, const std::string& instant) {
  switch (meaning) {
    case Meaning::kDate:
      return fmt::format("{{p}} - {}", kDay);
    case Meaning::kLocal:
      return "{p}";
    case Meaning::kInstant:
      return fmt::format("{} + ({})", instant, utc_offset_sql(zone, instant));
    case Meaning::kMixed:
      return fmt::format(
          "CASE {{p}}.k WHEN 0 THEN {{p}}.us - {} WHEN 1 THEN {{p}}.us ELSE {} + ({}) END", kDay,
          instant, utc_offset_sql(zone, instant));
  }
  return "";
}

constexpr Micros kEarliest = -25'567 * kMicrosPerDay;   // 1900-01-01
constexpr Micros kLatest = 84'006 * kMicrosPerDay - 1;  // end of 2199

std::string civil_day(const std::string& local_micros) {
  return fmt::format("CAST(make_timestamp({}) AS DATE)", local_micros);
}

}  // namespace

std::optional<Conversion> time_conversion(SourceType type, const ConversionRules& rules,
                                          std::string& mend) {
  const Moment moment = prepare_moment(type, rules, mend);
  if (moment.sql.empty()) return std::nullopt;
  Conversion made;
  made.prepared = moment.sql;
  made.middle = utc_sql(moment.meaning, rules.zone);
  made.value = fmt::format("make_timestamp(CASE WHEN {{m}} BETWEEN {} AND {} THEN {{m}} END)",
                           kEarliest, kLatest);
  made.reason = type == SourceType::kText && !rules.time_format.empty()
                    ? fmt::format("not a time of the form {}", rules.time_format)
                    : "not a time (ISO 8601, from 1900 to 2199)";
  made.day = civil_day(local_sql(moment.meaning, rules.zone, "{m}"));
  made.sql_type = "TIMESTAMP";
  return made;
}

std::optional<Conversion> date_conversion(SourceType type, const ConversionRules& rules,
                                          std::string& mend) {
  Conversion made;
  if (type == SourceType::kDate) {
    made.value = "CASE WHEN isfinite({r}) THEN {r} END";
  } else {
    const Moment moment = prepare_moment(type, rules, mend);
    if (moment.sql.empty()) return std::nullopt;
    made.prepared = moment.sql;
    made.middle =
        local_sql(moment.meaning, rules.zone, moment.meaning == Meaning::kMixed ? "{p}.us" : "{p}");
    made.value = civil_day("{m}");
  }
  made.reason = type == SourceType::kText && !rules.time_format.empty()
                    ? fmt::format("not a date of the form {}", rules.time_format)
                    : "not a date (ISO 8601)";
  made.day = made.value;
  made.sql_type = "DATE";
  return made;
}

}  // namespace coterie::data
