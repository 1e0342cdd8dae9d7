#pragma once
// The compiler's class, shared by its files: operators (compiler.cc), functions (compile_call.cc).

#include <array>
#include <cstdint>
#include <vector>

#include "expr/program.h"

namespace coterie::expr {

// While compiling, slots of the three groups are numbered apart; Program's numbering follows at the
// end, when the number of registers is known.
struct Slot {
  enum class Group : uint8_t { kRegister, kConstant, kInput } group = Group::kRegister;
  int index = 0;
};

class Compiler {
 public:
  explicit Compiler(const std::vector<Column>& columns);
  Program run(const Node& tree);

 private:
  int number(Slot slot) const;
  Slot take_register(Lane lane);
  void give_back(Slot slot);
  // Operands stay taken until after the output is chosen, so the two never share a register.
  Slot emit(Kernel kernel, Lane lane, const std::vector<Slot>& operands, int64_t first = 0,
            int64_t second = 0);
  Slot compile(const Node& node);
  Slot child(const Node& node, size_t index) { return compile(*node.children[index]); }

  Slot literal(const Node& node);
  Slot convert(const Node& node);
  Slot arithmetic(const Node& node);
  Slot compare(const Node& node);
  // `left` may take part in several comparisons: the caller gives it back.
  Slot compare_kept(Operator op, const Node& left_node, Slot left, const Node& right_node);
  Slot invert_if(bool negated, Slot slot);
  // child 0, then kernel(result so far, child i) for each further one.
  Slot fold_children(const Node& node, Kernel kernel);
  Slot in_list(const Node& node);
  Slot between(const Node& node);
  Slot case_when(const Node& node);

  Slot call(const Node& node);
  Slot nullif(const Node& node);
  Slot rounded(const Node& node);
  Slot to_number(const Node& node);
  Slot to_decimal(const Node& node);
  Slot to_text(const Node& node);
  Slot to_date(const Node& node);
  Slot plain_call(const Node& node, Kernel kernel);

  Program program_;
  std::vector<Slot> operands_;
  std::array<std::vector<int>, 3> free_;
};

}  // namespace coterie::expr
