#include <limits>
#include <utility>
#include <vector>

#include "trees/evaluator_compile_internal.h"

namespace coterie::trees {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

void Evaluator::Compiler::add_walk(const Tree& tree) {
  const auto root = static_cast<int32_t>(out.nodes_.size());
  out.walks_.push_back({root, tree.depth, tree.output});
  out.nodes_.push_back({});
  out.values_.push_back(0);
  // Pairs of a node in the tree and its place here, in the order of the places.
  std::vector<std::pair<int32_t, int32_t>> open = {{0, root}};
  for (size_t i = 0; i < open.size(); ++i) {
    const auto [from, to] = open[i];
    const TreeNode& node = tree.nodes[static_cast<size_t>(from)];
    if (node.left < 0) {
      out.nodes_[to] = {kInfinity, 0, to};
      out.values_[to] = node.value;
      continue;
    }
    const SlotSplit split = out.slots_.add(tree, node);
    const auto child = static_cast<int32_t>(out.nodes_.size());
    out.nodes_[to] = {split.threshold, split.slot, child};
    out.nodes_.resize(out.nodes_.size() + 2);
    out.values_.resize(out.nodes_.size(), 0.0F);
    open.emplace_back(split.yes, child);
    open.emplace_back(split.no, child + 1);
  }
}

void Evaluator::Compiler::fill_complete(const Tree& tree, int32_t at, int64_t heap, int depth,
                                        const CompleteTree& complete) {
  const TreeNode& node = tree.nodes[static_cast<size_t>(at)];
  if (depth == complete.depth) {
    const int64_t splits = (int64_t{1} << complete.depth) - 1;
    out.leaves_[complete.first_leaf + heap - splits] = node.value;
    return;
  }
  // A leaf above the last level is the root of a subtree of its own value.
  SlotSplit split{.yes = at, .no = at};
  if (node.left >= 0) split = out.slots_.add(tree, node);
  out.thresholds_[complete.first_split + heap] = split.threshold;
  out.offsets_[complete.first_split + heap] = split.slot * kBlockRows;
  fill_complete(tree, split.yes, 2 * heap + 1, depth + 1, complete);
  fill_complete(tree, split.no, 2 * heap + 2, depth + 1, complete);
}

void Evaluator::Compiler::add_complete(const Tree& tree) {
  CompleteTree complete{.depth = -1, .output = tree.output};
  if (tree.depth <= kDeepestComplete) {
    complete.depth = tree.depth;
    complete.first_split = std::ssize(out.thresholds_);
    complete.first_leaf = std::ssize(out.leaves_);
    const size_t leaves = size_t{1} << tree.depth;
    out.thresholds_.resize(out.thresholds_.size() + leaves - 1);
    out.offsets_.resize(out.thresholds_.size());
    out.leaves_.resize(out.leaves_.size() + leaves);
    fill_complete(tree, 0, 0, 0, complete);
  }
  out.complete_.push_back(complete);
}

void Evaluator::Compiler::add(const Tree& tree) {
  add_walk(tree);
  add_complete(tree);
}

}  // namespace coterie::trees
