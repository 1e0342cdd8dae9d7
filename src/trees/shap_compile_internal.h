#pragma once
// How a forest becomes what Shapley values are computed from.

#include <vector>

#include "trees/shap.h"

namespace coterie::trees {

// Trees whose values are summed before they are added to the others': always the same ones, so that
// sums do not depend on how work is divided.
inline constexpr int64_t kTreesAtOnce = 16;

struct Shap::Compiler {
  Shap& out;

  Status add(const Tree& tree);

 private:
  // A turn taken above a node: the split, and the side.
  struct Turn {
    int32_t split = -1;  // of the tree's
    bool yes = false;
  };
  struct Planned {
    SlotSplit split;
    int32_t feature = -1;
    double share = 0.5;
    std::vector<Turn> above;  // the whole path
  };
  std::vector<Planned> plan(const Tree& tree, std::vector<int32_t>& index_of);
  void write_split(const Tree& tree, const std::vector<Planned>& planned, size_t at,
                   const std::vector<int32_t>& index_of, PlannedTree& target);
  void write_repeat(double above, double share, int points);
};

}  // namespace coterie::trees
