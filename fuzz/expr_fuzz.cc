// links: coterie_expr
// Any bytes as an expression: whatever parses must print to text that parses to the same text and
// type, write SQL, and evaluate row by row as it does in a batch.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "expr/expr.h"

namespace {

using coterie::expr::ColumnData;
using coterie::expr::ColumnResult;
using coterie::expr::Expression;
using coterie::expr::Schema;
using coterie::expr::Value;
using coterie::expr::Workspace;
using namespace coterie::expr;  // the type constants

void require(bool condition) {
  if (!condition) std::abort();
}

const Schema& schema() {
  static const Schema schema({{"b", kBoolType},
                              {"i", kIntType},
                              {"m", decimal_type(2)},
                              {"x", kRealType},
                              {"s", kTextType},
                              {"d", kDateType},
                              {"t", kTimestampType},
                              {"a.b", kIntType},
                              {"odd `name", kTextType}});
  return schema;
}

Value value_of(Type type, int row) {
  if (row % 4 == 3) return {};
  if (type.is(TypeKind::kText)) return Value::of_text(row == 0 ? "" : "aå日 42 \xFF");
  if (type.is(TypeKind::kReal)) return Value::of_real(row == 0 ? -0.5 : 1e300);
  if (type.is(TypeKind::kBool)) return Value::of_bool(row == 0);
  constexpr int64_t kValues[] = {0, -7, 999'999'999'999'999'999};
  // Days and microseconds stay where a calendar has years.
  if (type.is(TypeKind::kDate)) return Value::of_int(kValues[row % 2] * 1000);
  return Value::of_int(kValues[row % 3]);
}

void evaluate(const Expression& expression) {
  Workspace rows(expression, 1);
  Workspace batches(expression, 3);
  for (int row = 0; row < 4; ++row) {
    std::vector<Value> values;
    for (const auto& column : expression.columns()) values.push_back(value_of(column.type, row));
    const Value value = expression.evaluate(values, rows);
    std::vector<uint8_t> nulls;
    std::vector<ColumnData> columns;
    nulls.reserve(values.size());
    for (const Value& input : values) {
      nulls.push_back(input.null ? 1 : 0);
      columns.push_back({&input.integer, &input.real, &input.text, &nulls.back()});
    }
    ColumnResult result;
    expression.evaluate_batch(columns, 1, batches, result);
    require((result.nulls[0] != 0) == value.null);
    if (value.null) continue;
    require(result.integers.empty() || result.integers[0] == value.integer);
    require(result.reals.empty() || result.reals[0] == value.real);
    require(result.texts.empty() || result.texts[0] == value.text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = Expression::parse(text, schema());
  if (!parsed.ok()) {
    require(!parsed.error().message.empty() && parsed.error().line > 0);
    return 0;
  }
  const std::string canonical = parsed->to_text();
  require(!parsed->to_sql().empty());
  evaluate(*parsed);
  // Canonical text may be longer than what was written, and may then pass the bound of length.
  if (canonical.size() > 16384) return 0;
  const auto again = Expression::parse(canonical, schema());
  require(again.ok());
  require(again->to_text() == canonical && again->type() == parsed->type());
  return 0;
}
