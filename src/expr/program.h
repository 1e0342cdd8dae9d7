#pragma once
// A compiled expression: a flat list of kernel calls over numbered slots.
//
// Slots: registers (one block of one lane each), then constants, then inputs, which are the
// expression's columns in order. Registers are reused as soon as their value is consumed. All
// branches of a case are computed and then selected from: kernels are total, so nothing fails.

#include <cstdint>
#include <string_view>
#include <vector>

#include "expr/kernel.h"

namespace coterie::expr {

struct Instruction {
  Kernel kernel = nullptr;
  int out = 0;            // a register
  int first_operand = 0;  // into Program::operands
  int operand_count = 0;
  int64_t first = 0;  // the kernel's parameters
  int64_t second = 0;
};

struct Constant {
  Lane lane = Lane::kInteger;
  Value value;  // text views the tree's literal, which must outlive the program
};

struct Program {
  std::vector<Instruction> instructions;
  std::vector<int> operands;        // slots
  std::vector<Lane> registers;      // slots [0, registers.size())
  std::vector<Constant> constants;  // the slots behind
  std::vector<Lane> inputs;         // and behind those
  int result = 0;                   // slot
  Lane result_lane = Lane::kInteger;

  int slot_of_constant(size_t index) const { return static_cast<int>(registers.size() + index); }
  int slot_of_input(size_t index) const {
    return static_cast<int>(registers.size() + constants.size() + index);
  }
};

// `tree` is checked and stays alive as long as the program. O(nodes).
Program compile_program(const Node& tree, const std::vector<Column>& columns);

}  // namespace coterie::expr
