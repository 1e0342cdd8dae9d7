#include "data/postgres/types.h"

#include <array>

#include <fmt/format.h>

namespace coterie::data {
namespace {

struct OidRule {
  uint32_t oid;  // of pg_type, fixed for built-in types
  WireType wire;
  std::string_view duckdb_type;
};

constexpr std::array kOidRules = {
    OidRule{16, WireType::kBool, "BOOLEAN"},
    OidRule{21, WireType::kInt16, "SMALLINT"},
    OidRule{23, WireType::kInt32, "INTEGER"},
    OidRule{20, WireType::kInt64, "BIGINT"},
    OidRule{26, WireType::kOid, "BIGINT"},
    OidRule{700, WireType::kFloat, "FLOAT"},
    OidRule{701, WireType::kDouble, "DOUBLE"},
    OidRule{1082, WireType::kDate, "DATE"},
    OidRule{1114, WireType::kTimestamp, "TIMESTAMP"},
    OidRule{1184, WireType::kTimestampTz, "TIMESTAMPTZ"},
    OidRule{25, WireType::kText, "VARCHAR"},
    OidRule{1043, WireType::kText, "VARCHAR"},
    OidRule{19, WireType::kText, "VARCHAR"},
};
constexpr uint32_t kNumericOid = 1700;
constexpr int32_t kModifierHeader = 4;  // a type modifier counts the length word of a varlena
constexpr int kMaxDecimalDigits = 38;

// The scale has 11 bits and a sign (PostgreSQL 15); older servers fit into the same bits.
std::string decimal_type(int32_t modifier) {
  if (modifier < kModifierHeader) return "VARCHAR";
  const int32_t packed = modifier - kModifierHeader;
  const int precision = (packed >> 16) & 0xFFFF;
  const int scale = ((packed & 0x7FF) ^ 1024) - 1024;
  if (precision > kMaxDecimalDigits || scale < 0 || scale > precision) return "VARCHAR";
  return fmt::format("DECIMAL({},{})", precision, scale);
}

bool is_numeric_list(std::string_view type) {
  for (const char* element : {"FLOAT", "DOUBLE", "INTEGER", "BIGINT", "SMALLINT"}) {
    if (!type.starts_with(element)) continue;
    const std::string_view rest = type.substr(std::string_view(element).size());
    if (rest.starts_with('[') && rest.find(']') == rest.size() - 1) return true;
  }
  return false;
}

std::string utc_text(const std::string& timestamp) {
  return fmt::format("{0}::VARCHAR || CASE WHEN isfinite({0}) THEN '+00' ELSE '' END", timestamp);
}

PublishedType array_type(std::string_view duckdb_type, const std::string& name) {
  const std::string_view element = duckdb_type.substr(0, duckdb_type.find('['));
  const std::string array = element == "FLOAT"    ? "real[]"
                            : element == "DOUBLE" ? "double precision[]"
                                                  : fmt::format("{}[]", element);
  return {array, fmt::format("CASE WHEN {0} IS NOT NULL THEN '{{' || array_to_string("
                             "list_transform({0}::{1}[], x -> coalesce(x::VARCHAR, 'NULL')), ',') "
                             "|| '}}' END",
                             name, element)};
}

}  // namespace

MappedColumn map_postgres_column(const PostgresColumn& column) {
  MappedColumn mapped{column.name, WireType::kText, "VARCHAR", false, {}};
  if (column.type_oid == kNumericOid) {
    mapped.wire = WireType::kNumeric;
    mapped.duckdb_type = decimal_type(column.type_modifier);
    return mapped;
  }
  for (const OidRule& rule : kOidRules) {
    if (rule.oid != column.type_oid) continue;
    mapped.wire = rule.wire;
    mapped.duckdb_type = rule.duckdb_type;
    return mapped;
  }
  mapped.cast_to_text = true;
  return mapped;
}

PublishedType published_type(std::string_view duckdb_type, const std::string& quoted_name) {
  const std::string text = quoted_name + "::VARCHAR";
  if (duckdb_type == "BOOLEAN") return {"boolean", text};
  if (duckdb_type == "TINYINT" || duckdb_type == "SMALLINT" || duckdb_type == "UTINYINT")
    return {"smallint", text};
  if (duckdb_type == "INTEGER" || duckdb_type == "USMALLINT") return {"integer", text};
  if (duckdb_type == "BIGINT" || duckdb_type == "UINTEGER") return {"bigint", text};
  if (duckdb_type == "UBIGINT" || duckdb_type == "HUGEINT" || duckdb_type == "UHUGEINT")
    return {"numeric(39,0)", text};
  if (duckdb_type == "FLOAT") return {"real", text};
  if (duckdb_type == "DOUBLE") return {"double precision", text};
  if (duckdb_type.starts_with("DECIMAL("))
    return {fmt::format("numeric{}", duckdb_type.substr(7)), text};
  if (duckdb_type == "DATE") return {"date", text};
  if (duckdb_type == "TIMESTAMP") return {"timestamptz", utc_text(quoted_name)};
  if (duckdb_type == "TIMESTAMP WITH TIME ZONE")
    return {"timestamptz", utc_text(fmt::format("timezone('UTC', {})", quoted_name))};
  if (is_numeric_list(duckdb_type)) return array_type(duckdb_type, quoted_name);
  if (duckdb_type.ends_with("]") || duckdb_type.starts_with("STRUCT(") ||
      duckdb_type.starts_with("MAP(") || duckdb_type == "JSON")
    return {"jsonb", fmt::format("to_json({})::VARCHAR", quoted_name)};
  return {"text", text};
}

}  // namespace coterie::data
