#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "features/registry/aggregate_functions_internal.h"

namespace coterie::features {
namespace {

// Keys that only some functions take.
struct KeyRow {
  std::string_view key;
  std::vector<std::string_view> functions;
};
const std::vector<KeyRow> kKeys = {
    {"group_by", {"top_k", "groups"}},
    {"k", {"top_k"}},
    {"quantile", {"percentile"}},
    {"period", {"streak"}},
    {"share", {"groups"}},
    {"groups", {"groups"}},
    {"group_count", {"groups"}},
    {"numerator", {kRatio}},
    {"denominator", {kRatio}},
    {"exact", {"distinct"}},
};

// One aggregation, and those inside a ratio.
class AggregationReader {
 public:
  AggregationReader(const YamlNode& node, FeatureDefinition& feature)
      : node_(node), map_(node), feature_(feature) {}

  // `outer` is the ratio around it, whose window and filter hold where there are none.
  Result<Aggregation> read(const Aggregation* outer) {
    const std::string name = map_.string("function", "");
    for (const char* key : {"column", "window", "filter"}) map_.has(key);
    for (const KeyRow& row : kKeys) map_.has(row.key);
    RETURN_IF_ERROR(map_.finish());
    ASSIGN_OR_RETURN(const FunctionRow* row, find_function(name, outer != nullptr));
    RETURN_IF_ERROR(check_keys(name));
    if (outer != nullptr) {
      result_.window = outer->window;
      result_.filter = outer->filter;
    }
    RETURN_IF_ERROR(read_rows());
    if (row == nullptr) return read_ratio();
    result_.function = row->function;
    RETURN_IF_ERROR(read_column(*row));
    RETURN_IF_ERROR(read_settings());
    return std::move(result_);
  }

 private:
  // Null for a ratio.
  Result<const FunctionRow*> find_function(const std::string& name, bool inside) const {
    if (!node_.find("function")) {
      return node_.error("an aggregation without a function",
                         fmt::format("write function: sum; functions are {}",
                                     fmt::join(aggregate_function_names(), ", ")));
    }
    const YamlNode node = *node_.find("function");
    const FunctionRow* row = find_function_row(name);
    if (row == nullptr && name != kRatio) {
      return node.error(fmt::format("there is no function '{}'", name), function_mend(name));
    }
    const bool number =
        row != nullptr && row->shape != ValueShape::kGroup && row->shape != ValueShape::kList;
    if (inside && !number) {
      return node.error(fmt::format("'{}' cannot be one side of a ratio", name),
                        "both sides are single numbers, such as sum or count");
    }
    return row;
  }

  Status check_keys(const std::string& name) const {
    if (name == kRatio && node_.find("column")) {
      return node_.key_error("column", "'column' means nothing to function 'ratio'",
                             "write it inside 'numerator' and 'denominator'");
    }
    for (const KeyRow& row : kKeys) {
      if (!node_.find(row.key) || std::ranges::find(row.functions, name) != row.functions.end()) {
        continue;
      }
      return node_.key_error(
          row.key, fmt::format("'{}' means nothing to function '{}'", row.key, name),
          fmt::format("remove it; it belongs to {}", fmt::join(row.functions, " and ")));
    }
    return {};
  }

  Status read_rows() {
    if (const auto window = node_.find("window")) {
      ASSIGN_OR_RETURN(result_.window, read_duration(*window, true));
    }
    if (const auto filter = node_.find("filter")) {
      ASSIGN_OR_RETURN(result_.filter, read_expression(*filter));
    }
    return {};
  }

  Status read_column(const FunctionRow& row) {
    if (const auto column = node_.find("column")) {
      ASSIGN_OR_RETURN(result_.column, read_expression(*column));
      return {};
    }
    if (row.column == ColumnUse::kOptional) return {};
    return node_.error(fmt::format("function '{}' needs a column", row.name),
                       fmt::format("say of what: column: price; count alone counts rows"));
  }

  Status read_settings() {
    switch (result_.function) {
      case Function::kTopK:
        RETURN_IF_ERROR(read_group_by());
        result_.k = static_cast<int>(map_.integer("k", 1, {.min = 1, .max = 100}));
        return map_.finish();
      case Function::kGroups:
        result_.share = map_.boolean("share", false);
        RETURN_IF_ERROR(read_group_by());
        return read_group_order();
      case Function::kPercentile:
        return read_quantile();
      case Function::kStreak:
        return read_period();
      case Function::kDistinct:
        if (!map_.boolean("exact", true)) result_.function = Function::kDistinctHll;
        return map_.finish();
      default:
        return {};
    }
  }

  Status read_group_by() {
    const auto node = node_.find("group_by");
    if (!node) {
      return node_.error(
          fmt::format("function '{}' needs 'group_by'", function_name(result_.function)),
          "name the column to group by: group_by: category_id");
    }
    ASSIGN_OR_RETURN(result_.group_by, read_expression(*node));
    return {};
  }

  // A vector has the same places at every moment: named here, or kept with the version.
  Status read_group_order() {
    const auto named = node_.find("groups");
    const auto counted = node_.find("group_count");
    if (named && counted) {
      return node_.key_error("group_count", "'group_count' stands beside 'groups'",
                             "keep one of them");
    }
    if (!named && !counted) {
      return node_.error("nothing says which groups the vector holds",
                         "list them, groups: [web, shop], or take the most frequent, "
                         "group_count: 10");
    }
    feature_.groups = map_.string_list("groups");
    feature_.group_count =
        static_cast<int>(map_.integer("group_count", 0, {.min = 1, .max = 1024}));
    RETURN_IF_ERROR(map_.finish());
    std::vector<std::string> sorted = feature_.groups;
    std::ranges::sort(sorted);
    if (named && sorted.empty()) return named->error("no group is named");
    const auto twice = std::ranges::adjacent_find(sorted);
    if (twice == sorted.end()) return {};
    return named->error(fmt::format("group '{}' stands twice", *twice), "remove one");
  }

  Status read_quantile() {
    const auto node = node_.find("quantile");
    if (!node) {
      return node_.error("function 'percentile' needs 'quantile'",
                         "write for example quantile: 0.9");
    }
    ASSIGN_OR_RETURN(result_.quantile, node->as_double());
    if (result_.quantile > 0 && result_.quantile < 1) return {};
    const bool percent = result_.quantile > 1 && result_.quantile < 100;
    return node->error(
        fmt::format("a quantile lies between 0 and 1, not at {}", result_.quantile),
        percent ? fmt::format("write {}", result_.quantile / 100) : "use min or max for the ends");
  }

  Status read_period() {
    const auto node = node_.find("period");
    if (node) {
      ASSIGN_OR_RETURN(result_.period, read_duration(*node, false));
    }
    if (result_.period <= result_.window) return {};
    const YamlNode place = node ? *node : *node_.find("window");
    return place.error(fmt::format("a streak of periods of {} does not fit into a window of {}",
                                   window_text(result_.period), window_text(result_.window)),
                       "give a longer window or a shorter period");
  }

  Result<Aggregation> read_ratio() {
    for (const char* key : {"numerator", "denominator"}) {
      if (node_.find(key)) continue;
      return node_.error(fmt::format("function 'ratio' needs '{}'", key),
                         fmt::format("write {}: {{function: count}}", key));
    }
    ASSIGN_OR_RETURN(Aggregation top,
                     AggregationReader(*node_.find("numerator"), feature_).read(&result_));
    ASSIGN_OR_RETURN(Aggregation bottom,
                     AggregationReader(*node_.find("denominator"), feature_).read(&result_));
    top.over.push_back(std::move(bottom));
    return top;
  }

  YamlNode node_;
  YamlMap map_;
  FeatureDefinition& feature_;
  Aggregation result_;
};

}  // namespace

Result<Aggregation> read_aggregation(const YamlNode& node, FeatureDefinition& feature) {
  return AggregationReader(node, feature).read(nullptr);
}

}  // namespace coterie::features
