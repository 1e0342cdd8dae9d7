#include "expr/types.h"

#include <array>
#include <charconv>
#include <utility>

namespace coterie::expr {
namespace {

struct SqlTypeRow {
  std::string_view name;
  TypeKind kind;
  Storage storage;
};

constexpr std::array kSqlTypes = {
    SqlTypeRow{"BOOLEAN", TypeKind::kBool, Storage::kExact},
    SqlTypeRow{"BIGINT", TypeKind::kInt, Storage::kExact},
    SqlTypeRow{"INTEGER", TypeKind::kInt, Storage::kNarrow},
    SqlTypeRow{"SMALLINT", TypeKind::kInt, Storage::kNarrow},
    SqlTypeRow{"TINYINT", TypeKind::kInt, Storage::kNarrow},
    SqlTypeRow{"UINTEGER", TypeKind::kInt, Storage::kNarrow},
    SqlTypeRow{"USMALLINT", TypeKind::kInt, Storage::kNarrow},
    SqlTypeRow{"UTINYINT", TypeKind::kInt, Storage::kNarrow},
    SqlTypeRow{"UBIGINT", TypeKind::kInt, Storage::kWide},
    SqlTypeRow{"HUGEINT", TypeKind::kInt, Storage::kWide},
    SqlTypeRow{"UHUGEINT", TypeKind::kInt, Storage::kWide},
    SqlTypeRow{"DOUBLE", TypeKind::kReal, Storage::kExact},
    SqlTypeRow{"FLOAT", TypeKind::kReal, Storage::kNarrow},
    SqlTypeRow{"VARCHAR", TypeKind::kText, Storage::kExact},
    SqlTypeRow{"UUID", TypeKind::kText, Storage::kWide},
    SqlTypeRow{"DATE", TypeKind::kDate, Storage::kExact},
    SqlTypeRow{"TIMESTAMP", TypeKind::kTimestamp, Storage::kExact},
    SqlTypeRow{"TIMESTAMP_S", TypeKind::kTimestamp, Storage::kWide},
    SqlTypeRow{"TIMESTAMP_MS", TypeKind::kTimestamp, Storage::kWide},
    SqlTypeRow{"TIMESTAMP_NS", TypeKind::kTimestamp, Storage::kWide},
    SqlTypeRow{"TIMESTAMP WITH TIME ZONE", TypeKind::kTimestamp, Storage::kWide},
};

// "DECIMAL(9,2)" -> width and scale.
std::optional<std::pair<int, int>> decimal_shape(std::string_view sql_type) {
  constexpr std::string_view kPrefix = "DECIMAL(";
  if (!sql_type.starts_with(kPrefix)) return std::nullopt;
  int width = 0;
  int scale = 0;
  const char* const end = sql_type.data() + sql_type.size();
  auto parsed = std::from_chars(sql_type.data() + kPrefix.size(), end, width);
  if (parsed.ec != std::errc{} || parsed.ptr == end || *parsed.ptr != ',') return std::nullopt;
  parsed = std::from_chars(parsed.ptr + 1, end, scale);
  if (parsed.ec != std::errc{} || parsed.ptr == end || *parsed.ptr != ')') return std::nullopt;
  return std::pair{width, scale};
}

}  // namespace

bool Type::is_number() const {
  return kind == TypeKind::kInt || kind == TypeKind::kDecimal || kind == TypeKind::kReal;
}

std::string Type::to_text() const {
  switch (kind) {
    case TypeKind::kNull:
      return "null";
    case TypeKind::kBool:
      return "bool";
    case TypeKind::kInt:
      return "int";
    case TypeKind::kDecimal:
      return "decimal(" + std::to_string(scale) + ")";
    case TypeKind::kReal:
      return "real";
    case TypeKind::kText:
      return "text";
    case TypeKind::kDate:
      return "date";
    case TypeKind::kTimestamp:
      return "timestamp";
  }
  return {};
}

std::string Type::to_sql() const {
  switch (kind) {
    case TypeKind::kNull:
      return "NULL";
    case TypeKind::kBool:
      return "BOOLEAN";
    case TypeKind::kInt:
      return "BIGINT";
    case TypeKind::kDecimal:
      return "DECIMAL(" + std::to_string(kDecimalDigits) + "," + std::to_string(scale) + ")";
    case TypeKind::kReal:
      return "DOUBLE";
    case TypeKind::kText:
      return "VARCHAR";
    case TypeKind::kDate:
      return "DATE";
    case TypeKind::kTimestamp:
      return "TIMESTAMP";
  }
  return {};
}

std::optional<Column> column_from_sql(std::string name, std::string_view sql_type) {
  for (const SqlTypeRow& row : kSqlTypes) {
    if (row.name != sql_type) continue;
    return Column{std::move(name), Type{row.kind}, row.storage, std::string(sql_type)};
  }
  if (sql_type.starts_with("ENUM(")) {
    return Column{std::move(name), kTextType, Storage::kWide, std::string(sql_type)};
  }
  const auto shape = decimal_shape(sql_type);
  if (!shape || shape->second > kDecimalDigits) return std::nullopt;
  Storage storage = Storage::kExact;
  if (shape->first < kDecimalDigits) storage = Storage::kNarrow;
  if (shape->first > kDecimalDigits) storage = Storage::kWide;
  return Column{std::move(name), decimal_type(shape->second), storage, std::string(sql_type)};
}

Schema::Schema(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (size_t i = 0; i < columns_.size(); ++i) index_.emplace(columns_[i].name, i);
}

const Column* Schema::find(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  return found == index_.end() ? nullptr : &columns_[found->second];
}

std::vector<std::string> Schema::names() const {
  std::vector<std::string> names;
  names.reserve(columns_.size());
  for (const Column& column : columns_) names.push_back(column.name);
  return names;
}

}  // namespace coterie::expr
