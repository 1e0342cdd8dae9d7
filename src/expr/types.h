#pragma once
// Types, values and columns of the expression language (expr.h describes the language).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace coterie::expr {

enum class TypeKind : uint8_t { kNull, kBool, kInt, kDecimal, kReal, kText, kDate, kTimestamp };

// The most digits that a decimal holds, and the largest scale that a product keeps exactly.
inline constexpr int kDecimalDigits = 18;
inline constexpr int kMaxProductScale = 9;
// Decimals lie strictly between -10^18 and 10^18 unscaled.
inline constexpr int64_t kDecimalLimit = 1'000'000'000'000'000'000;

// Products of scaled 64-bit integers, exactly.
__extension__ using Wide = __int128;

// kNull is the type of the bare word `null` until its neighbours give it one.
struct Type {
  TypeKind kind = TypeKind::kNull;
  int scale = 0;  // of kDecimal: digits after the point, 0 to 18

  constexpr bool operator==(const Type&) const = default;
  bool is_number() const;
  constexpr bool is(TypeKind other) const { return kind == other; }
  std::string to_text() const;  // "decimal(2)": as errors and documentation call it
  std::string to_sql() const;   // "DECIMAL(18,2)": the column type that to_sql() yields
};

inline constexpr Type kBoolType{TypeKind::kBool};
inline constexpr Type kIntType{TypeKind::kInt};
inline constexpr Type kRealType{TypeKind::kReal};
inline constexpr Type kTextType{TypeKind::kText};
inline constexpr Type kDateType{TypeKind::kDate};
inline constexpr Type kTimestampType{TypeKind::kTimestamp};
constexpr Type decimal_type(int scale) { return {TypeKind::kDecimal, scale}; }

// One value; its type is known from the expression or the schema. A trivial type: `text` is a view
// of bytes that somebody else keeps.
struct Value {
  int64_t integer = 0;    // bool 0/1, int, decimal unscaled, date in days, timestamp in micros
  double real = 0;        // real
  std::string_view text;  // text, UTF-8
  bool null = true;

  static Value of_int(int64_t v) { return {v, 0, {}, false}; }
  static Value of_bool(bool v) { return {v ? 1 : 0, 0, {}, false}; }
  static Value of_real(double v) { return {0, v, {}, false}; }
  static Value of_text(std::string_view v) { return {0, 0, v, false}; }
};

// How a column is stored in SQL compared with what the language sees.
enum class Storage : uint8_t {
  kExact,   // the very SQL type of Type::to_sql()
  kNarrow,  // INTEGER, FLOAT, DECIMAL(9,2): compares as it is, is widened for arithmetic
  kWide,    // UBIGINT, DECIMAL(38,2), TIMESTAMP_NS: converted wherever it is used; out of range =
            // null
};

struct Column {
  std::string name;  // may be dotted: "article.stock"
  Type type;
  Storage storage = Storage::kExact;
  std::string sql_type = {};  // of kWide: the stored type
};

// The column as the language sees it, from a DuckDB type name ("DECIMAL(9,2)", "INTEGER",
// "ENUM(…)", "TIMESTAMP WITH TIME ZONE"). nullopt for types that expressions cannot read (lists,
// structs, blobs, intervals).
std::optional<Column> column_from_sql(std::string name, std::string_view sql_type);

// The columns that an expression may name. Names are compared exactly, letter case included.
class Schema {
 public:
  Schema() = default;
  explicit Schema(std::vector<Column> columns);
  const std::vector<Column>& columns() const { return columns_; }
  const Column* find(std::string_view name) const;  // null if there is none
  std::vector<std::string> names() const;

 private:
  std::vector<Column> columns_;
  std::unordered_map<std::string, size_t> index_;
};

}  // namespace coterie::expr
