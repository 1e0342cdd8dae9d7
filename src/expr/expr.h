#pragma once
// The one expression language of the program: row filters, derived columns, business rules, boosts.
// An expression is parsed and typed once against a schema and then used in two ways that agree on
// every row: as SQL text for the embedded engine, and compiled, over rows or batches in memory.
// docs/reference/expressions.md is the user's description of what follows.
//
// Values      bool, int (64 bits), decimal(s) (18 digits, s of them after the point), real (IEEE
//             double), text (UTF-8), date, timestamp (UTC microseconds), each possibly null.
// Literals    42, 19.90 (a decimal), 1e6 (a real), 'text' ('' inside for '), true, false, null,
//             date '2024-01-31', timestamp '2024-01-31 09:05:00'. Case of keywords is free.
// Columns     price, article.stock, `Customer ID` (backquotes for anything that is not letters,
//             digits and _, or is a keyword). Names are exact, letter case included.
// Operators   loosest first: or ||; and &&; not !; = == <> != < <= > >=, [not] in (a, b),
//             [not] between a and b, [not] like, is [not] null; + -; * / %; unary -.
//             Comparisons do not chain. Arithmetic associates to the left.
// Choice      case when c then a [when ...] [else b] end, if(c, a, b).
// Functions   functions.h; names in any case.
//
// Nulls       Three-valued logic as in SQL: an operator or function with a null operand is null,
//             except: and / or decide when one side does; is null; in finds a match beside nulls;
//             coalesce, least, greatest and concat pass over nulls; a null condition is not met.
// Totality    Evaluation never fails: what cannot be computed is null. That is an int beyond 64
//             bits, a decimal beyond 18 digits, division or remainder by zero, a function outside
//             its domain, text that is no number or date.
// Numbers     int op int is int, except that / always yields real. decimal + - % keep the larger
//             scale and * adds the scales, exactly, as long as the product's scale is at most 9 or
//             one side is int (otherwise real); int counts as decimal(0) there. With a real the
//             result is real. Real arithmetic is IEEE 754; a number too large for a double is
//             infinite inside the expression and null as its result. -5 % 3 is -2.
// Comparison  Numbers of different types compare by value, exactly among int and decimal, as reals
//             when one side is real. Text compares by bytes. date and timestamp do not compare:
//             write to_date(t). NaN, which only a column can bring, is above everything.
// Types       No silent conversion but widening (int to decimal to real) and the literal null,
//             which takes the type its neighbours need.
// Time        year() and the like of a timestamp are of UTC; a role's `day` column is the day in
//             the project's time zone.
// Bounds      16,384 bytes of text, 100 levels of depth (parser.h).

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "expr/place.h"
#include "expr/sql.h"
#include "expr/types.h"

namespace coterie::expr {

// One column of a batch, in the array that its type uses: integers for bool, int, decimal
// (unscaled), date (days) and timestamp (microseconds); reals; texts. `nulls` has one byte a row, 1
// for null; a null pointer means no nulls. Views: the caller keeps the arrays.
struct ColumnData {
  const int64_t* integers = nullptr;
  const double* reals = nullptr;
  const std::string_view* texts = nullptr;
  const uint8_t* nulls = nullptr;
};

// Results of a batch, in the array that the expression's type uses; the others stay empty. What
// stands under a null is unspecified. Texts view the inputs, the expression or the workspace.
struct ColumnResult {
  std::vector<int64_t> integers;
  std::vector<double> reals;
  std::vector<std::string_view> texts;
  std::vector<uint8_t> nulls;
};

class Expression;

// The memory that an evaluation needs, made for one expression and reused from call to call: with
// it, evaluating allocates nothing unless texts are built. One a thread.
class Workspace {
 public:
  // Batches are worked off in blocks of `block_rows`; 1 is enough for rows.
  explicit Workspace(const Expression& expression, int block_rows = 256);
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

 private:
  friend class Expression;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Immutable, cheap to copy, thread-safe.
class Expression {
 public:
  // Errors: kInvalidInput with the place in `origin`, and how to mend it.
  static Result<Expression> parse(std::string_view text, const Schema& schema,
                                  const Origin& origin = {});
  // Also refuses what is not of type bool.
  static Result<Expression> parse_condition(std::string_view text, const Schema& schema,
                                            const Origin& origin = {});

  Type type() const;
  // The columns used, in order of first appearance: the order of inputs to evaluate().
  const std::vector<Column>& columns() const;
  std::vector<std::string> column_names() const;
  bool is_column() const;  // nothing but one

  // Canonical text: equal for expressions that differ only in spacing, letter case of keywords and
  // functions, aliases and needless parentheses. Parses to an equal expression. For fingerprints.
  std::string to_text() const;

  // SQL of type type().to_sql(); an atom, fit as an operand anywhere. The default quotes a name
  // whole: "article.stock".
  std::string to_sql() const;
  std::string to_sql(const QuoteColumn& quote) const;

  // One row: `row` holds one value for each of columns(). A text result is valid until the
  // workspace's next use, and only as long as the row's texts.
  Value evaluate(std::span<const Value> row, Workspace& workspace) const;
  // A condition that is null is not met.
  bool is_met(std::span<const Value> row, Workspace& workspace) const;

  // `rows` rows of columns(), column by column.
  void evaluate_batch(std::span<const ColumnData> columns, int64_t rows, Workspace& workspace,
                      ColumnResult& result) const;

 private:
  friend class Workspace;
  struct Impl;
  explicit Expression(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace coterie::expr
