#include <algorithm>
#include <utility>

#include "base/check.h"
#include "expr/workspace_internal.h"

namespace coterie::expr {
namespace {

template <class T>
void fill_block(T* out, const T& value, int rows) {
  std::fill_n(out, rows, value);
}

}  // namespace

Workspace::Impl::Impl(const Program& made_for, int rows) : program(&made_for), block_rows(rows) {
  CHECK(rows >= 1);
  const auto block = static_cast<size_t>(rows);
  std::array<size_t, 3> used{};
  const auto count = [&used](Lane lane) { ++used[static_cast<size_t>(lane)]; };
  for (const Lane lane : made_for.registers) count(lane);
  for (const Constant& constant : made_for.constants) count(constant.lane);
  integers.resize(used[0] * block);
  reals.resize(used[1] * block);
  texts.resize(used[2] * block);
  nulls.resize((used[0] + used[1] + used[2]) * block);
  no_nulls.resize(block);

  std::array<size_t, 3> next{};
  const auto take = [&](Lane lane) {
    Vector vector;
    const size_t at = next[static_cast<size_t>(lane)]++ * block;
    if (lane == Lane::kInteger) vector.integers = integers.data() + at;
    if (lane == Lane::kReal) vector.reals = reals.data() + at;
    if (lane == Lane::kText) vector.texts = texts.data() + at;
    vector.nulls = nulls.data() + slots.size() * block;
    slots.push_back({vector.integers, vector.reals, vector.texts, vector.nulls});
    return vector;
  };
  for (const Lane lane : made_for.registers) registers.push_back(take(lane));
  for (const Constant& constant : made_for.constants) {
    const Vector vector = take(constant.lane);
    if (vector.integers != nullptr) fill_block(vector.integers, constant.value.integer, rows);
    if (vector.reals != nullptr) fill_block(vector.reals, constant.value.real, rows);
    if (vector.texts != nullptr) fill_block(vector.texts, constant.value.text, rows);
    fill_block(vector.nulls, static_cast<uint8_t>(constant.value.null), rows);
  }
  slots.resize(slots.size() + made_for.inputs.size());
  row_values.resize(made_for.inputs.size());
  row_nulls.resize(made_for.inputs.size());
  int widest = 0;
  for (const Instruction& step : made_for.instructions)
    widest = std::max(widest, step.operand_count);
  operands.resize(static_cast<size_t>(widest));
}

const VectorView& Workspace::Impl::run(const Program& made_for, int64_t rows) {
  KernelCall call;
  call.rows = rows;
  call.in = operands.data();
  call.arena = &arena;
  for (const Instruction& step : made_for.instructions) {
    for (int i = 0; i < step.operand_count; ++i) {
      const int slot = made_for.operands[static_cast<size_t>(int64_t{step.first_operand} + i)];
      operands[static_cast<size_t>(i)] = slots[static_cast<size_t>(slot)];
    }
    call.count = step.operand_count;
    call.out = registers[static_cast<size_t>(step.out)];
    call.first = step.first;
    call.second = step.second;
    step.kernel(call);
  }
  return slots[static_cast<size_t>(made_for.result)];
}

void Workspace::Impl::set_input(const Program& made_for, size_t index, const ColumnData& column,
                                int64_t offset) {
  VectorView& view = slots[static_cast<size_t>(made_for.slot_of_input(index))];
  switch (made_for.inputs[index]) {
    case Lane::kInteger:
      view.integers = column.integers + offset;
      break;
    case Lane::kReal:
      view.reals = column.reals + offset;
      break;
    case Lane::kText:
      view.texts = column.texts + offset;
      break;
  }
  view.nulls = column.nulls == nullptr ? no_nulls.data() : column.nulls + offset;
}

void Workspace::Impl::set_row(const Program& made_for, std::span<const Value> row) {
  for (size_t i = 0; i < row.size(); ++i) {
    row_values[i] = row[i];
    row_nulls[i] = row[i].null ? 1 : 0;
    const ColumnData column{&row_values[i].integer, &row_values[i].real, &row_values[i].text,
                            &row_nulls[i]};
    set_input(made_for, i, column, 0);
  }
}

}  // namespace coterie::expr
