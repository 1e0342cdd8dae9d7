#include <cmath>

#include "trees/evaluator_compile_internal.h"

namespace coterie::trees {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The largest float below t, so that x < t is x <= before(t); NaN where there is none.
float before(float t) { return std::nextafter(t, -kInfinity); }

}  // namespace

int32_t Evaluator::Compiler::slot_of(int32_t feature, bool flipped,
                                     const std::vector<uint32_t>& set) {
  const auto [found, fresh] =
      slots.try_emplace({feature, flipped, set}, static_cast<int32_t>(out.slots_.size()));
  if (!fresh) return found->second;
  Slot slot{.feature = feature};
  if (set.empty()) {
    slot.factor = flipped ? -1.0F : 1.0F;
  } else {
    slot.set = static_cast<int32_t>(out.sets_.size());
    slot.missing_left = flipped;
    out.sets_.push_back(set);
  }
  out.slots_.push_back(slot);
  return found->second;
}

Evaluator::Compiler::Split Evaluator::Compiler::split_of(const Tree& tree, const TreeNode& node) {
  const int32_t right = node.left + 1;
  if (node.categories >= 0) {
    // The slot is 0 where the row goes left, 1 where it goes right.
    const auto& set = tree.category_sets[static_cast<size_t>(node.categories)];
    return {slot_of(node.feature, node.missing_left, set), 0.0F, node.left, right};
  }
  if (!node.missing_left) {
    return {slot_of(node.feature, false, {}), before(node.value), node.left, right};
  }
  // x >= t goes right; -x <= -t says the same, and of NaN that it does not.
  return {slot_of(node.feature, true, {}), -node.value, right, node.left};
}

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
    const Split split = split_of(tree, node);
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
  Split split{.yes = at, .no = at};
  if (node.left >= 0) split = split_of(tree, node);
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
