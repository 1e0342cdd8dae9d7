#pragma once
// A boosted forest as data: what XGBoost saved, checked and in the order that evaluation wants.
//
// A row walks each tree from node 0: at a split it goes left if its value is less than the
// threshold (of a categorical split: if the category is not in the set), right if not; a missing
// value (NaN) goes where `missing_left` says. Leaves of the trees of one output are added up,
// beginning with `base_margin`, in the order of the trees, in float.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "trees/feature_matrix.h"

namespace coterie::trees {

struct TreeNode {
  int32_t left = -1;        // index of the left child, the right one follows it; -1 = leaf
  int32_t feature = -1;     // of a split
  int32_t categories = -1;  // of a categorical split: index into Tree::category_sets
  bool missing_left = false;
  float value = 0;  // threshold of a split, else what the leaf adds
  float cover = 0;  // sum of the hessians of the training rows that came here, >= 0
};

struct Tree {
  // Level by level: parents before children, siblings side by side.
  std::vector<TreeNode> nodes;
  // Bit c % 32 of word c / 32 is set: category c goes right.
  std::vector<std::vector<uint32_t>> category_sets;
  int32_t output = 0;  // which of the forest's sums it adds to
  int32_t depth = 0;   // splits on the longest way
};

// How a forest's sums become predictions.
enum class Link { kIdentity, kLogistic, kSoftmax };

struct Forest {
  std::string objective;  // by XGBoost's name
  Link link = Link::kIdentity;
  int outputs = 1;
  int features = 0;
  float base_margin = 0;
  std::vector<Tree> trees;
  std::vector<FeatureColumn> columns;  // empty where the model does not name them

  // Does value x of a row go left at this node of this tree?
  static bool goes_left(const Tree& tree, const TreeNode& node, float x);
};

inline constexpr int32_t kDeepestTree = 256;

// Reads a model of booster gbtree as XGBoost 1.6 and later saves it, in JSON or UBJSON. `file` is
// for messages. kCorrupt for what is no such model, trees that are none (a node met twice, children
// or features out of range, deeper than 256), thresholds, leaves and covers that are not finite;
// kUnsupported for other boosters, objectives with other links and trees with vectors as leaves.
Result<Forest> parse_forest(std::string_view model, const std::string& file);

}  // namespace coterie::trees
