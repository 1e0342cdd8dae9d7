#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "trees/quadrature.h"
#include "trees/shap_compile_internal.h"

namespace coterie::trees {
namespace {

double share_of(const Tree& tree, const SlotSplit& split) {
  const double yes = tree.nodes[static_cast<size_t>(split.yes)].cover;
  const double no = tree.nodes[static_cast<size_t>(split.no)].cover;
  return yes + no > 0 ? yes / (yes + no) : 0.5;
}

// The mean of a tree's leaves by cover.
double expectation(const Tree& tree) {
  std::vector<double> means(tree.nodes.size());
  for (size_t n = tree.nodes.size(); n-- > 0;) {
    const TreeNode& node = tree.nodes[n];
    means[n] = node.value;
    if (node.left < 0) continue;
    const auto left = static_cast<size_t>(node.left);
    const double share = share_of(tree, {.yes = node.left, .no = node.left + 1});
    means[n] = share * means[left] + (1 - share) * means[left + 1];
  }
  return means[0];
}

}  // namespace

std::vector<Shap::Compiler::Planned> Shap::Compiler::plan(const Tree& tree,
                                                          std::vector<int32_t>& index_of) {
  std::vector<Planned> planned;
  index_of.assign(tree.nodes.size(), -1);
  std::vector<std::vector<Turn>> paths(tree.nodes.size());
  for (size_t n = 0; n < tree.nodes.size(); ++n) {
    const TreeNode& node = tree.nodes[n];
    if (node.left < 0) continue;
    const auto index = static_cast<int32_t>(planned.size());
    index_of[n] = index;
    Planned next;
    next.split = out.slots_.add(tree, node);
    next.feature = node.feature;
    next.share = share_of(tree, next.split);
    next.above = std::move(paths[n]);
    for (const bool yes : {true, false}) {
      auto& path = paths[static_cast<size_t>(yes ? next.split.yes : next.split.no)];
      path = next.above;
      path.push_back({index, yes});
    }
    planned.push_back(std::move(next));
  }
  return planned;
}

void Shap::Compiler::write_repeat(double above, double share, int points) {
  const double both = above * share;
  const auto ratio = [&](double t, double taken) {
    return (both * (1 - t) + taken * t) / (above * (1 - t) + t);
  };
  for (const bool moves : {false, true}) {
    for (const double taken : {1.0, 0.0}) {
      for (const double t : out.points_[static_cast<size_t>(points)].at) {
        const double moved = (taken - both - ratio(t, taken) * (1 - above)) / (above * (1 - t) + t);
        out.repeats_.push_back(static_cast<float>(moves ? moved : ratio(t, taken)));
      }
    }
  }
}

void Shap::Compiler::write_split(const Tree& tree, const std::vector<Planned>& planned, size_t at,
                                 const std::vector<int32_t>& index_of, PlannedTree& target) {
  const Planned& from = planned[at];
  ShapSplit split{};
  split.offset = from.split.slot * kBlockRows;
  split.threshold = from.split.threshold;
  split.share = static_cast<float>(from.share);
  split.feature = from.feature;
  split.yes = index_of[static_cast<size_t>(from.split.yes)];
  split.no = index_of[static_cast<size_t>(from.split.no)];
  split.yes_value = tree.nodes[static_cast<size_t>(from.split.yes)].value;
  split.no_value = tree.nodes[static_cast<size_t>(from.split.no)].value;
  split.repeat = -1;
  split.first_turn = static_cast<int32_t>(std::ssize(out.turns_) - target.first_turn);
  double above = 1;
  for (const Turn& turn : from.above) {
    const Planned& earlier = planned[static_cast<size_t>(turn.split)];
    if (earlier.feature != from.feature) continue;
    above *= turn.yes ? earlier.share : 1 - earlier.share;
    out.turns_.push_back({earlier.split.slot * kBlockRows, earlier.split.threshold, turn.yes});
    ++split.turns;
  }
  if (split.turns > 0) {
    split.repeat = static_cast<int32_t>(std::ssize(out.repeats_) - target.first_repeat);
    write_repeat(above, from.share, target.points);
  }
  out.splits_.push_back(split);
}

Status Shap::Compiler::add(const Tree& tree) {
  std::vector<int32_t> index_of;
  const std::vector<Planned> planned = plan(tree, index_of);
  size_t most = 1;
  for (const Planned& split : planned) {
    std::unordered_set<int32_t> features = {split.feature};
    for (const Turn& turn : split.above) {
      features.insert(planned[static_cast<size_t>(turn.split)].feature);
    }
    most = std::max(most, features.size());
  }
  constexpr size_t most_features = size_t{2} * kMostPoints;
  if (most > most_features) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("a path of a tree splits on {} features: values are computed for up "
                             "to {}",
                             most, most_features)};
  }
  PlannedTree target;
  target.first_split = std::ssize(out.splits_);
  target.first_repeat = std::ssize(out.repeats_);
  target.first_turn = std::ssize(out.turns_);
  target.count = static_cast<int32_t>(planned.size());
  target.points = static_cast<int32_t>((most + 1) / 2);
  target.output = tree.output;
  for (size_t at = 0; at < planned.size(); ++at) write_split(tree, planned, at, index_of, target);
  const size_t stride = out.points_[static_cast<size_t>(target.points)].at.size();
  out.most_scratch_ = std::max(out.most_scratch_, 3 * planned.size() * stride * kMostLanes);
  out.trees_.push_back(target);
  return {};
}

Result<Shap> Shap::create(const Forest& forest) {
  Shap made;
  made.features_ = forest.features;
  made.outputs_ = forest.outputs;
  made.points_.resize(kMostPoints + 1);
  for (int n = 1; n <= kMostPoints; ++n) {
    const Quadrature rule = gauss_legendre(n);
    Points& points = made.points_[static_cast<size_t>(n)];
    points.at.assign(rule.points.begin(), rule.points.end());
    points.weights.assign(rule.weights.begin(), rule.weights.end());
    while (points.at.size() % 4 != 0) {
      points.at.push_back(0.5F);
      points.weights.push_back(0);
    }
    for (const float at : points.at) points.rest.push_back(1.0F - at);
  }
  std::vector<double> expected(static_cast<size_t>(forest.outputs), forest.base_margin);
  Compiler compiler{made};
  for (const Tree& tree : forest.trees) {
    RETURN_IF_ERROR(compiler.add(tree));
    expected[tree.output] += expectation(tree);
  }
  made.slots_.finish();
  for (size_t t = 0; t < made.trees_.size(); ++t) {
    if (t % kTreesAtOnce == 0) made.group_outputs_.emplace_back();
    auto& outputs = made.group_outputs_.back();
    if (std::ranges::find(outputs, made.trees_[t].output) == outputs.end()) {
      outputs.push_back(made.trees_[t].output);
    }
  }
  made.expected_.assign(expected.begin(), expected.end());
  return made;
}

}  // namespace coterie::trees
