#pragma once
// How a forest becomes an evaluator.

#include <limits>
#include <map>
#include <tuple>
#include <vector>

#include "trees/evaluator.h"

namespace coterie::trees {

struct Evaluator::Compiler {
  Evaluator& out;
  std::map<std::tuple<int32_t, bool, std::vector<uint32_t>>, int32_t> slots = {};

  void add(const Tree& tree);

 private:
  // A split as `value of slot <= threshold`; `yes` and `no` are children in the tree.
  struct Split {
    int32_t slot = 0;
    float threshold = std::numeric_limits<float>::infinity();
    int32_t yes = -1;
    int32_t no = -1;
  };
  Split split_of(const Tree& tree, const TreeNode& node);
  int32_t slot_of(int32_t feature, bool flipped, const std::vector<uint32_t>& set);
  void add_walk(const Tree& tree);
  void add_complete(const Tree& tree);
  void fill_complete(const Tree& tree, int32_t node, int64_t heap, int depth,
                     const CompleteTree& complete);
};

}  // namespace coterie::trees
