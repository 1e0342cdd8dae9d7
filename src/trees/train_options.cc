#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "trees/train_internal.h"

namespace coterie::trees {
namespace {

Error out_of_range(std::string_view name, double value, std::string_view range) {
  return invalid_input(fmt::format("{} is {}, outside of {}", name, value, range));
}

Status check_counts(const TreeOptions& options) {
  const auto within = [](int64_t value, int64_t low, int64_t high) {
    return value >= low && value <= high;
  };
  if (!within(options.rounds, 1, 100'000)) {
    return out_of_range("rounds", options.rounds, "1 to 100000");
  }
  if (!within(options.max_depth, 1, kMaxTreeDepth)) {
    return out_of_range("max_depth", options.max_depth, fmt::format("1 to {}", kMaxTreeDepth));
  }
  if (!within(options.max_bins, 2, 65'536)) {
    return out_of_range("max_bins", options.max_bins, "2 to 65536");
  }
  if (options.objective == Objective::kSoftmax && !within(options.classes, 2, 10'000)) {
    return out_of_range("classes", options.classes, "2 to 10000");
  }
  if (options.patience < 0) return out_of_range("patience", options.patience, "0 and more");
  if (options.one_hot_categories < 0) {
    return out_of_range("one_hot_categories", options.one_hot_categories, "0 and more");
  }
  if (options.ranking.truncation < 0 || options.validation_depth < 0) {
    return invalid_input("depths of rankings are 0 (all) or more");
  }
  return {};
}

Status check_reals(const TreeOptions& options) {
  const auto share = [](double value) { return value > 0 && value <= 1; };
  const auto positive = [](double value) { return value >= 0 && std::isfinite(value); };
  if (!share(options.learning_rate)) {
    return out_of_range("learning_rate", options.learning_rate, "(0, 1]");
  }
  if (!share(options.row_share)) return out_of_range("row_share", options.row_share, "(0, 1]");
  if (!share(options.column_share)) {
    return out_of_range("column_share", options.column_share, "(0, 1]");
  }
  for (const auto& [name, value] : {std::pair{"min_child_weight", options.min_child_weight},
                                    std::pair{"min_split_gain", options.min_split_gain},
                                    std::pair{"l1", options.l1}, std::pair{"l2", options.l2}}) {
    if (!positive(value)) return out_of_range(name, value, "0 and more");
  }
  return {};
}

Status check_classes(const TreeOptions& options) {
  if (options.class_weights.empty()) return {};
  const int classes = options.objective == Objective::kSoftmax          ? options.classes
                      : options.objective == Objective::kBinaryLogistic ? 2
                                                                        : 0;
  if (classes == 0) {
    return invalid_input(
        fmt::format("{} has no classes to weigh", objective_name(options.objective)));
  }
  if (options.class_weights.size() != static_cast<size_t>(classes)) {
    return invalid_input(
        fmt::format("{} weights for {} classes", options.class_weights.size(), classes));
  }
  for (const float weight : options.class_weights) {
    if (!(weight >= 0) || std::isinf(weight))
      return out_of_range("class_weights", weight, "0 and more");
  }
  return {};
}

}  // namespace

Status check_options(const TreeOptions& options, const std::vector<FeatureColumn>& columns) {
  RETURN_IF_ERROR(check_counts(options));
  RETURN_IF_ERROR(check_reals(options));
  RETURN_IF_ERROR(check_classes(options));
  if (options.monotone.empty()) return {};
  if (options.monotone.size() != columns.size()) {
    return invalid_input(fmt::format("{} monotone constraints for {} features",
                                     options.monotone.size(), columns.size()));
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    if (std::abs(options.monotone[i]) > 1) {
      return out_of_range("monotone", options.monotone[i], "-1, 0, 1");
    }
    if (options.monotone[i] != 0 && columns[i].categorical) {
      return invalid_input(fmt::format(
          "feature '{}' is categorical: it has no order to be monotone in", columns[i].name));
    }
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> booster_settings(const TreeOptions& options,
                                                                  float base, int threads) {
  std::vector<std::pair<std::string, std::string>> settings = {
      {"objective", std::string(objective_name(options.objective))},
      {"base_score", fmt::format("{}", base)},
      {"disable_default_eval_metric", "1"},
      {"booster", "gbtree"},
      {"tree_method", "hist"},
      {"nthread", std::to_string(threads)},
      {"seed", std::to_string(options.seed % 0x7FFFFFFF)},
      {"learning_rate", fmt::format("{}", options.learning_rate)},
      {"max_depth", std::to_string(options.max_depth)},
      {"max_bin", std::to_string(options.max_bins)},
      {"min_child_weight", fmt::format("{}", options.min_child_weight)},
      {"min_split_loss", fmt::format("{}", options.min_split_gain)},
      {"reg_alpha", fmt::format("{}", options.l1)},
      {"reg_lambda", fmt::format("{}", options.l2)},
      {"subsample", fmt::format("{}", options.row_share)},
      {"colsample_bytree", fmt::format("{}", options.column_share)},
      {"max_cat_to_onehot", std::to_string(options.one_hot_categories + 1)},
  };
  if (options.objective == Objective::kSoftmax) {
    settings.emplace_back("num_class", std::to_string(options.classes));
  }
  if (!options.monotone.empty()) {
    settings.emplace_back("monotone_constraints",
                          fmt::format("({})", fmt::join(options.monotone, ",")));
  }
  return settings;
}

}  // namespace coterie::trees
