#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "trees/forest_nodes_internal.h"

namespace coterie::trees {
namespace {

using nlohmann::json;

constexpr int64_t kMostCategories = 16'777'216;

Result<std::vector<int64_t>> integers(const json& tree, const char* name) {
  const auto found = tree.find(name);
  if (found == tree.end() || !found->is_array()) {
    return corrupt(fmt::format("has no list '{}'", name));
  }
  std::vector<int64_t> values;
  values.reserve(found->size());
  for (const json& value : *found) {
    if (value.is_boolean()) {
      values.push_back(value.get<bool>() ? 1 : 0);
    } else if (value.is_number_integer() &&
               !(value.is_number_unsigned() &&
                 value.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()})) {
      values.push_back(value.get<int64_t>());
    } else {
      return corrupt(fmt::format("'{}' holds what is no whole number", name));
    }
  }
  return values;
}

Result<std::vector<float>> reals(const json& tree, const char* name) {
  const auto found = tree.find(name);
  if (found == tree.end() || !found->is_array()) {
    return corrupt(fmt::format("has no list '{}'", name));
  }
  std::vector<float> values;
  values.reserve(found->size());
  for (const json& value : *found) {
    // Text of JSON has no NaN, which XGBoost writes for the threshold of a categorical split.
    if (!value.is_number() && !value.is_null()) {
      return corrupt(fmt::format("'{}' holds what is no number", name));
    }
    values.push_back(value.is_number() ? value.get<float>() : NAN);
  }
  return values;
}

// The lists of a tree as they are written, one element a node.
struct Lists {
  std::vector<int64_t> left;
  std::vector<int64_t> right;
  std::vector<int64_t> feature;
  std::vector<int64_t> missing_left;
  std::vector<int64_t> split_type;
  std::vector<float> value;
  std::vector<float> cover;
  // Of nodes with categories: index into category_sets of the tree, else -1.
  std::vector<int32_t> set;
};

Result<Lists> read_lists(const json& tree) {
  Lists lists;
  ASSIGN_OR_RETURN(lists.left, integers(tree, "left_children"));
  ASSIGN_OR_RETURN(lists.right, integers(tree, "right_children"));
  ASSIGN_OR_RETURN(lists.feature, integers(tree, "split_indices"));
  ASSIGN_OR_RETURN(lists.missing_left, integers(tree, "default_left"));
  ASSIGN_OR_RETURN(lists.value, reals(tree, "split_conditions"));
  ASSIGN_OR_RETURN(lists.cover, reals(tree, "sum_hessian"));
  const size_t nodes = lists.left.size();
  if (tree.contains("split_type")) {
    ASSIGN_OR_RETURN(lists.split_type, integers(tree, "split_type"));
  } else {
    lists.split_type.assign(nodes, 0);
  }
  for (const size_t size : {lists.right.size(), lists.feature.size(), lists.missing_left.size(),
                            lists.value.size(), lists.cover.size(), lists.split_type.size()}) {
    if (size != nodes) return corrupt("its lists have different lengths");
  }
  if (nodes == 0) return corrupt("has no nodes");
  lists.set.assign(nodes, -1);
  return lists;
}

Result<std::vector<uint32_t>> bits_of(const std::vector<int64_t>& categories, int64_t begin,
                                      int64_t size) {
  if (begin < 0 || size <= 0 || size > std::ssize(categories) ||
      begin > std::ssize(categories) - size) {
    return corrupt("a set of categories lies outside of 'categories'");
  }
  std::vector<uint32_t> bits;
  for (int64_t i = begin; i < begin + size; ++i) {
    if (categories[i] < 0 || categories[i] >= kMostCategories) {
      return corrupt(fmt::format("the category {} is out of range", categories[i]));
    }
    const auto category = static_cast<size_t>(categories[i]);
    if (category / 32 >= bits.size()) bits.resize(category / 32 + 1, 0);
    bits[category / 32] |= uint32_t{1} << (category % 32);
  }
  return bits;
}

Status read_categories(const json& tree, int64_t& words_left, Lists& lists, Tree& out) {
  if (std::ranges::find(lists.split_type, 1) == lists.split_type.end()) return {};
  ASSIGN_OR_RETURN(const auto nodes, integers(tree, "categories_nodes"));
  ASSIGN_OR_RETURN(const auto begins, integers(tree, "categories_segments"));
  ASSIGN_OR_RETURN(const auto sizes, integers(tree, "categories_sizes"));
  ASSIGN_OR_RETURN(const auto categories, integers(tree, "categories"));
  if (begins.size() != nodes.size() || sizes.size() != nodes.size()) {
    return corrupt("the lists of its categories have different lengths");
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i] < 0 || nodes[i] >= std::ssize(lists.set)) {
      return corrupt("categories of a node that it does not have");
    }
    ASSIGN_OR_RETURN(auto bits, bits_of(categories, begins[i], sizes[i]));
    words_left -= std::ssize(bits);
    if (words_left < 0) return corrupt("the model's sets of categories take more than 256 MiB");
    lists.set[nodes[i]] = static_cast<int32_t>(out.category_sets.size());
    out.category_sets.push_back(std::move(bits));
  }
  return {};
}

Result<TreeNode> read_node(const Lists& lists, size_t at, int features) {
  TreeNode node;
  node.value = lists.value[at];
  node.cover = lists.cover[at];
  if (!(node.cover >= 0) || std::isinf(node.cover)) {
    return corrupt(fmt::format("node {} has the cover {}", at, node.cover));
  }
  const bool categorical = lists.left[at] >= 0 && lists.split_type[at] == 1;
  if (categorical) node.value = 0;
  if (!std::isfinite(node.value)) {
    return corrupt(fmt::format("node {} has the threshold or value {}", at, node.value));
  }
  if (lists.left[at] < 0) return node;
  if (lists.feature[at] < 0 || lists.feature[at] >= features) {
    return corrupt(fmt::format("splits on feature {} of {}", lists.feature[at], features));
  }
  node.feature = static_cast<int32_t>(lists.feature[at]);
  node.missing_left = lists.missing_left[at] != 0;
  if (categorical) {
    node.categories = lists.set[at];
    if (node.categories < 0) return corrupt("a categorical split has no categories");
  }
  return node;
}

// Whether the right and left of a split are nodes that were not met yet; marks them.
Status meet(const Lists& lists, size_t at, std::vector<uint8_t>& met) {
  for (const int64_t child : {lists.left[at], lists.right[at]}) {
    if (child < 0 || child >= std::ssize(lists.left)) {
      return corrupt(fmt::format("node {} has the child {} of {}", at, child, lists.left.size()));
    }
    if (met[child]) return corrupt(fmt::format("node {} has two parents", child));
    met[child] = 1;
  }
  return {};
}

}  // namespace

Result<Tree> read_tree(const json& tree, int features, int64_t& category_words) {
  if (!tree.is_object()) return corrupt("is no object");
  if (const auto parameters = tree.find("tree_param");
      parameters != tree.end() && parameters->is_object()) {
    const auto width = parameters->find("size_leaf_vector");
    if (width != parameters->end() && *width != "0" && *width != "1") {
      return Error{ErrorCode::kUnsupported, "has leaves that are vectors"};
    }
  }
  ASSIGN_OR_RETURN(Lists lists, read_lists(tree));
  Tree out;
  RETURN_IF_ERROR(read_categories(tree, category_words, lists, out));
  // Level by level from the root; nodes that pruning left behind are not met.
  std::vector<uint8_t> met(lists.left.size(), 0);
  met[0] = 1;
  std::vector<size_t> level = {0};
  for (; !level.empty(); ++out.depth) {
    if (out.depth > kDeepestTree) return corrupt(fmt::format("is deeper than {}", kDeepestTree));
    std::vector<size_t> next;
    const size_t below = out.nodes.size() + level.size();
    for (const size_t at : level) {
      ASSIGN_OR_RETURN(TreeNode node, read_node(lists, at, features));
      if (lists.left[at] >= 0) {
        RETURN_IF_ERROR(meet(lists, at, met));
        node.left = static_cast<int32_t>(below + next.size());
        next.push_back(static_cast<size_t>(lists.left[at]));
        next.push_back(static_cast<size_t>(lists.right[at]));
      }
      out.nodes.push_back(node);
    }
    level = std::move(next);
  }
  --out.depth;
  return out;
}

}  // namespace coterie::trees
