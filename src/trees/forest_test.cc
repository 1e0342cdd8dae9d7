#include "trees/forest.h"

#include <functional>

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/test_results.h"
#include "trees/test_support_internal.h"
#include "trees/ubjson.h"

namespace coterie::trees {
namespace {

using nlohmann::json;

const std::string& trained_model() {
  static const std::string model = [] {
    const Sample sample =
        draw_binary(1, {.rows = 500, .numeric = 4, .categorical = 1, .missing = 0.1});
    ThreadPool pool(1);
    return take(train_trees(sample.data(), nullptr, sample.columns, {.rounds = 3, .max_depth = 3},
                            pool))
        .model;
  }();
  return model;
}

bool same(const Forest& a, const Forest& b) {
  if (a.trees.size() != b.trees.size() || a.columns != b.columns || a.outputs != b.outputs ||
      a.base_margin != b.base_margin || a.objective != b.objective || a.features != b.features) {
    return false;
  }
  for (size_t t = 0; t < a.trees.size(); ++t) {
    const Tree& x = a.trees[t];
    const Tree& y = b.trees[t];
    if (x.category_sets != y.category_sets || x.nodes.size() != y.nodes.size()) return false;
    for (size_t n = 0; n < x.nodes.size(); ++n) {
      const TreeNode& p = x.nodes[n];
      const TreeNode& q = y.nodes[n];
      if (p.left != q.left || p.feature != q.feature || p.categories != q.categories ||
          p.missing_left != q.missing_left || p.value != q.value || p.cover != q.cover) {
        return false;
      }
    }
  }
  return true;
}

TEST(Forest, TheSameFromTextAndFromBytes) {
  const Forest binary = take(parse_forest(trained_model(), "m.ubj"));
  const std::string text = dump_json(take(parse_ubjson(trained_model(), "m.ubj")), 1);
  EXPECT_TRUE(same(binary, take(parse_forest(text, "m.json"))));
  EXPECT_EQ(binary.objective, "binary:logistic");
  EXPECT_EQ(binary.link, Link::kLogistic);
  EXPECT_EQ(binary.trees.size(), 3U);
  EXPECT_EQ(binary.columns[4], (FeatureColumn{"f4", true}));
  for (const Tree& tree : binary.trees) {
    for (const TreeNode& node : tree.nodes) {
      if (node.left < 0) continue;
      const double below = double{tree.nodes[node.left].cover} + tree.nodes[node.left + 1].cover;
      EXPECT_NEAR(below, node.cover, 1e-3 * node.cover);
    }
  }
}

// The error of the model after a change.
std::string error_after(const std::function<void(json&)>& change) {
  json model = take(parse_ubjson(trained_model(), "m"));
  change(model);
  const auto forest = parse_forest(dump_json(model), "m.json");
  return forest.ok() ? "" : forest.error().to_text();
}

json& tree_of(json& model, size_t index) {
  return model["learner"]["gradient_booster"]["model"]["trees"][index];
}

TEST(Forest, NamesWhatIsWrongWithTrees) {
  EXPECT_EQ(error_after([](json& m) { tree_of(m, 1)["left_children"][0] = 0; }),
            "m.json: tree 1: node 0 has two parents");
  EXPECT_EQ(error_after([](json& m) { tree_of(m, 1)["right_children"][0] = 1000; }).substr(0, 44),
            "m.json: tree 1: node 0 has the child 1000 of");
  EXPECT_EQ(error_after([](json& m) { tree_of(m, 0)["right_children"][0] = 1; }),
            "m.json: tree 0: node 1 has two parents");
  EXPECT_EQ(error_after([](json& m) { tree_of(m, 2)["split_indices"][0] = 5; }),
            "m.json: tree 2: splits on feature 5 of 5");
  EXPECT_EQ(error_after([](json& m) { tree_of(m, 2)["sum_hessian"][0] = -1; }),
            "m.json: tree 2: node 0 has the cover -1");
  EXPECT_EQ(error_after([](json& m) { tree_of(m, 2)["sum_hessian"] = json::array(); }),
            "m.json: tree 2: its lists have different lengths");
  EXPECT_EQ(error_after([](json& m) { tree_of(m, 2).erase("split_conditions"); }),
            "m.json: tree 2: has no list 'split_conditions'");
  EXPECT_EQ(error_after([](json& m) { tree_of(m, 2)["default_left"][0] = "x"; }),
            "m.json: tree 2: 'default_left' holds what is no whole number");
  EXPECT_EQ(error_after([](json& m) { tree_of(m, 0)["tree_param"]["size_leaf_vector"] = "3"; }),
            "m.json: tree 0: has leaves that are vectors");
}

// A few bytes of a file that would be gibibytes of memory.
TEST(Forest, BoundsWhatSetsOfCategoriesTake) {
  const auto split_on_many = [](json& model) {
    json& tree = tree_of(model, 0);
    tree["split_type"] = std::vector<int>(tree["left_children"].size(), 1);
    tree["categories"] = {16'777'215};
    tree["categories_nodes"] = std::vector<int>(200, 0);
    tree["categories_segments"] = std::vector<int>(200, 0);
    tree["categories_sizes"] = std::vector<int>(200, 1);
  };
  EXPECT_EQ(error_after(split_on_many),
            "m.json: tree 0: the model's sets of categories take more than 256 MiB");
}

TEST(Forest, NamesWhatIsWrongWithModels) {
  EXPECT_EQ(error_after([](json& m) { m.erase("learner"); }),
            "m.json: no model of XGBoost: it has no learner or no booster");
  EXPECT_EQ(error_after([](json& m) { m["learner"]["gradient_booster"]["name"] = "dart"; }),
            "m.json: only models of the booster gbtree are read here");
  EXPECT_EQ(error_after([](json& m) { m["learner"]["objective"]["name"] = "survival:aft"; }),
            "m.json: models of the objective 'survival:aft' are not read here");
  EXPECT_EQ(
      error_after([](json& m) { m["learner"]["gradient_booster"]["model"]["tree_info"][1] = 1; }),
      "m.json: tree 1: tree_info is out of range");
  EXPECT_EQ(error_after([](json& m) { m["learner"]["learner_model_param"]["base_score"] = "1"; }),
            "m.json: base_score 1 is out of range");
  EXPECT_EQ(error_after([](json& m) { m["learner"]["feature_names"].erase(0); }),
            "m.json: 4 names for 5 features");
  const auto nothing = parse_forest("", "m.ubj");
  EXPECT_EQ(nothing.error().to_text(), "m.ubj: no model of XGBoost in JSON or UBJSON");
}

}  // namespace
}  // namespace coterie::trees
