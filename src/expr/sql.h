#pragma once
// A checked tree as SQL text of the embedded engine, with exactly the evaluator's meaning.
//
// Where SQL raises an error (integer overflow, the root of a negative number) the language says
// null: each such operation stands in a TRY(...) of its own. The engine's optimiser decides how:
// - It computes a subexpression that occurs twice once, outside of any TRY: so each TRY encloses
//   exactly one operation that can fail.
// - It rewrites `a + 1 > 5` to `a > 4`, which does not overflow: so no TRY encloses a comparison.
// - It rewrites `TRY_CAST(x AS DECIMAL(18,2)) > 5` to `x > 5`, true where the cast is null: so
//   casts between numbers are TRY(CAST(...)). TRY_CAST, which fails faster, is for text and reals.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "expr/ast.h"

namespace coterie::expr {

// From a column's name to SQL that reads it.
using QuoteColumn = std::function<std::string(std::string_view)>;

// `columns` are those that kColumn nodes index. The result has the SQL type tree.type.to_sql() and
// holds as an operand anywhere (it is an atom or stands in parentheses).
std::string write_sql(const Node& tree, const std::vector<Column>& columns,
                      const QuoteColumn& quote);

}  // namespace coterie::expr
