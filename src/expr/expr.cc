#include "expr/expr.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "expr/ast.h"
#include "expr/checker.h"
#include "expr/parser.h"
#include "expr/printer.h"
#include "expr/sql_internal.h"
#include "expr/workspace_internal.h"

namespace coterie::expr {

struct Expression::Impl {
  NodePtr tree;
  std::vector<Column> columns;
  Program program;
};

Expression::Expression(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Result<Expression> Expression::parse(std::string_view text, const Schema& schema,
                                     const Origin& origin) {
  auto impl = std::make_shared<Impl>();
  ASSIGN_OR_RETURN(impl->tree, parse_tree(text, origin));
  RETURN_IF_ERROR(check_types(impl->tree, schema, origin, impl->columns));
  impl->program = compile_program(*impl->tree, impl->columns);
  return Expression(std::move(impl));
}

Result<Expression> Expression::parse_condition(std::string_view text, const Schema& schema,
                                               const Origin& origin) {
  ASSIGN_OR_RETURN(Expression expression, parse(text, schema, origin));
  if (expression.type().is(TypeKind::kBool)) return expression;
  return error_at(
      origin, {},
      "a condition must be true or false (bool), this is " + expression.type().to_text(),
      "write a comparison, such as x > 0");
}

Type Expression::type() const { return impl_->tree->type; }
const std::vector<Column>& Expression::columns() const { return impl_->columns; }

std::vector<std::string> Expression::column_names() const {
  std::vector<std::string> names;
  for (const Column& column : impl_->columns) names.push_back(column.name);
  return names;
}

bool Expression::is_column() const { return impl_->tree->kind == NodeKind::kColumn; }

std::string Expression::to_text() const { return print_tree(*impl_->tree); }

std::string Expression::to_sql() const {
  return to_sql([](std::string_view name) {
    std::string quoted = "\"";
    for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + "\"";
  });
}

std::string Expression::to_sql(const QuoteColumn& quote) const {
  return write_sql(*impl_->tree, impl_->columns, quote);
}

Value Expression::evaluate(std::span<const Value> row, Workspace& workspace) const {
  const Program& program = impl_->program;
  Workspace::Impl& memory = *workspace.impl_;
  CHECK(memory.program == &program && row.size() == program.inputs.size());
  memory.arena.reset();
  memory.set_row(program, row);
  const VectorView& result = memory.run(program, 1);
  if (result.nulls[0] != 0) return Value{};
  switch (program.result_lane) {
    case Lane::kInteger:
      return Value::of_int(result.integers[0]);
    case Lane::kReal:
      return Value::of_real(result.reals[0]);
    case Lane::kText:
      return Value::of_text(result.texts[0]);
  }
  return Value{};
}

bool Expression::is_met(std::span<const Value> row, Workspace& workspace) const {
  CHECK(type().is(TypeKind::kBool));
  const Value value = evaluate(row, workspace);
  return !value.null && value.integer != 0;
}

void Expression::evaluate_batch(std::span<const ColumnData> columns, int64_t rows,
                                Workspace& workspace, ColumnResult& result) const {
  const Program& program = impl_->program;
  Workspace::Impl& memory = *workspace.impl_;
  CHECK(memory.program == &program && columns.size() == program.inputs.size());
  memory.arena.reset();
  const auto count = static_cast<size_t>(rows);
  const Lane lane = program.result_lane;
  result.integers.resize(lane == Lane::kInteger ? count : 0);
  result.reals.resize(lane == Lane::kReal ? count : 0);
  result.texts.resize(lane == Lane::kText ? count : 0);
  result.nulls.resize(count);
  for (int64_t at = 0; at < rows; at += memory.block_rows) {
    const int64_t block = std::min<int64_t>(memory.block_rows, rows - at);
    for (size_t i = 0; i < columns.size(); ++i) memory.set_input(program, i, columns[i], at);
    const VectorView& out = memory.run(program, block);
    if (lane == Lane::kInteger) std::copy_n(out.integers, block, result.integers.data() + at);
    if (lane == Lane::kReal) std::copy_n(out.reals, block, result.reals.data() + at);
    if (lane == Lane::kText) std::copy_n(out.texts, block, result.texts.data() + at);
    std::copy_n(out.nulls, block, result.nulls.data() + at);
  }
}

Workspace::Workspace(const Expression& expression, int block_rows)
    : impl_(std::make_unique<Impl>(expression.impl_->program, block_rows)) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

}  // namespace coterie::expr
