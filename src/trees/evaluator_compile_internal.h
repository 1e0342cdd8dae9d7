#pragma once
// How a forest becomes an evaluator.

#include "trees/evaluator.h"

namespace coterie::trees {

struct Evaluator::Compiler {
  Evaluator& out;

  void add(const Tree& tree);

 private:
  void add_walk(const Tree& tree);
  void add_complete(const Tree& tree);
  void fill_complete(const Tree& tree, int32_t node, int64_t heap, int depth,
                     const CompleteTree& complete);
};

}  // namespace coterie::trees
