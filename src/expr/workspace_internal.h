#pragma once
// The memory of one evaluation and the loop over a program's instructions.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "expr/arena.h"
#include "expr/expr.h"
#include "expr/program.h"

namespace coterie::expr {

struct Workspace::Impl {
  Impl(const Program& program, int block_rows);

  // Runs `program` over one block; inputs are set before. Returns the result's slot.
  const VectorView& run(const Program& program, int64_t rows);
  void set_input(const Program& program, size_t index, const ColumnData& column, int64_t offset);
  void set_row(const Program& program, std::span<const Value> row);

  // Identity of the program this memory was made for.
  const Program* program;
  int block_rows;
  std::vector<int64_t> integers;  // backing of all slots of a lane, block after block
  std::vector<double> reals;
  std::vector<std::string_view> texts;
  std::vector<uint8_t> nulls;
  std::vector<uint8_t> no_nulls;  // one block of zeros, for inputs without nulls
  std::vector<Vector> registers;
  std::vector<VectorView> slots;
  std::vector<VectorView> operands;  // of the running instruction
  std::vector<Value> row_values;     // one element a row input, which slots point into
  std::vector<uint8_t> row_nulls;
  Arena arena;
};

}  // namespace coterie::expr
