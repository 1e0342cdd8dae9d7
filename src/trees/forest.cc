#include "trees/forest.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/json.h"
#include "trees/forest_nodes_internal.h"
#include "trees/ubjson.h"

namespace coterie::trees {
namespace {

using nlohmann::json;

constexpr int kMostFeatures = 1 << 24;
constexpr int kMostOutputs = 1 << 20;

const json* find(const json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

// XGBoost writes its parameters as text.
std::optional<double> number_of(const json* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return value->get<double>();
  if (!value->is_string()) return std::nullopt;
  std::string_view text = value->get_ref<const std::string&>();
  // From 3.1 on a list with an element an output.
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int> count_of(const json* value, int most) {
  const auto number = number_of(value);
  if (!number || *number < 0 || *number > most || *number != std::floor(*number)) {
    return std::nullopt;
  }
  return static_cast<int>(*number);
}

Result<Link> link_of(const std::string& objective) {
  if (objective == "binary:logistic" || objective == "reg:logistic") return Link::kLogistic;
  if (objective == "multi:softprob") return Link::kSoftmax;
  for (const char* plain : {"reg:squarederror", "rank:ndcg", "rank:pairwise", "rank:map",
                            "binary:logitraw", "reg:absoluteerror"}) {
    if (objective == plain) return Link::kIdentity;
  }
  return Error{ErrorCode::kUnsupported,
               fmt::format("models of the objective '{}' are not read here", objective)};
}

float margin_of(Link link, double base_score) {
  const auto score = static_cast<float>(base_score);
  return link == Link::kLogistic ? -std::log(1.0F / score - 1.0F) : score;
}

Status read_parameters(const json& learner, Forest& forest) {
  const json* objective = find(learner, "objective");
  const json* name = objective != nullptr ? find(*objective, "name") : nullptr;
  const json* parameters = find(learner, "learner_model_param");
  if (name == nullptr || !name->is_string() || parameters == nullptr) {
    return corrupt("no model of XGBoost: it has no objective or no parameters");
  }
  forest.objective = name->get<std::string>();
  ASSIGN_OR_RETURN(forest.link, link_of(forest.objective));
  const auto features = count_of(find(*parameters, "num_feature"), kMostFeatures);
  const auto classes = count_of(find(*parameters, "num_class"), kMostOutputs);
  const auto base = number_of(find(*parameters, "base_score"));
  if (!features || !classes || !base) {
    return corrupt("num_feature, num_class or base_score is missing or out of range");
  }
  forest.features = *features;
  forest.outputs = std::max(*classes, 1);
  forest.base_margin = margin_of(forest.link, *base);
  if (!std::isfinite(forest.base_margin)) {
    return corrupt(fmt::format("base_score {} is out of range", *base));
  }
  return {};
}

Status read_columns(const json& learner, Forest& forest) {
  const json* names = find(learner, "feature_names");
  if (names == nullptr || !names->is_array() || names->empty()) return {};
  const json* types = find(learner, "feature_types");
  const bool typed = types != nullptr && types->is_array() && types->size() == names->size();
  if (names->size() != static_cast<size_t>(forest.features)) {
    return corrupt(fmt::format("{} names for {} features", names->size(), forest.features));
  }
  for (size_t i = 0; i < names->size(); ++i) {
    const json& name = (*names)[i];
    if (!name.is_string()) return corrupt(fmt::format("the name of feature {} is no text", i));
    forest.columns.push_back({name.get<std::string>(), typed && (*types)[i] == "c"});
  }
  return {};
}

Status read_trees(const json& booster, Forest& forest) {
  const json* name = find(booster, "name");
  if (name == nullptr || *name != "gbtree") {
    return Error{ErrorCode::kUnsupported, "only models of the booster gbtree are read here"};
  }
  const json* model = find(booster, "model");
  const json* trees = model != nullptr ? find(*model, "trees") : nullptr;
  const json* outputs = model != nullptr ? find(*model, "tree_info") : nullptr;
  if (trees == nullptr || outputs == nullptr || !trees->is_array() || !outputs->is_array() ||
      trees->size() != outputs->size()) {
    return corrupt("the model has no trees, or no output for each");
  }
  int64_t category_words = kMostCategoryWords;
  for (size_t t = 0; t < trees->size(); ++t) {
    auto tree = read_tree((*trees)[t], forest.features, category_words);
    if (!tree.ok()) {
      Error error = std::move(tree).error();
      error.message = fmt::format("tree {}: {}", t, error.message);
      return error;
    }
    const auto output = count_of(&(*outputs)[t], forest.outputs - 1);
    if (!output) return corrupt(fmt::format("tree {}: tree_info is out of range", t));
    forest.trees.push_back(*std::move(tree));
    forest.trees.back().output = *output;
  }
  return {};
}

Status read_model(const json& model, Forest& forest) {
  const json* learner = find(model, "learner");
  const json* booster = learner != nullptr ? find(*learner, "gradient_booster") : nullptr;
  if (booster == nullptr) return corrupt("no model of XGBoost: it has no learner or no booster");
  RETURN_IF_ERROR(read_parameters(*learner, forest));
  RETURN_IF_ERROR(read_columns(*learner, forest));
  return read_trees(*booster, forest);
}

// Both begin with '{'; JSON goes on with white space, a quote or the end.
bool is_json(std::string_view model) {
  const size_t second = model.find_first_not_of(" \t\r\n", 1);
  return second == std::string_view::npos || model[second] == '"' || model[second] == '}';
}

Result<json> parse_document(std::string_view model, const std::string& file) {
  if (!is_json(model)) return parse_ubjson(model, file);
  auto document = parse_json(model, file);
  if (document.ok()) return document;
  Error error = std::move(document).error();
  error.code = ErrorCode::kCorrupt;
  return error;
}

}  // namespace

bool Forest::goes_left(const Tree& tree, const TreeNode& node, float x) {
  if (std::isnan(x)) return node.missing_left;
  if (node.categories < 0) return x < node.value;
  const auto& set = tree.category_sets[static_cast<size_t>(node.categories)];
  if (x < 0 || x >= static_cast<float>(set.size() * 32)) return true;
  const auto category = static_cast<uint32_t>(x);
  return (set[category / 32] >> (category % 32) & 1) == 0;
}

Result<Forest> parse_forest(std::string_view model, const std::string& file) {
  if (model.empty() || model.front() != '{') {
    return corrupt("no model of XGBoost in JSON or UBJSON").at(file);
  }
  ASSIGN_OR_RETURN(const json document, parse_document(model, file));
  Forest forest;
  const Status read = read_model(document, forest);
  if (!read.ok()) return Error(read.error()).at(file);
  return forest;
}

}  // namespace coterie::trees
