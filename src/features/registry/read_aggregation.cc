#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "expr/lexer.h"
#include "features/registry/reading_internal.h"

namespace coterie::features {
namespace {

enum class ColumnUse : uint8_t { kOptional, kRequired };

struct FunctionRow {
  std::string_view name;
  Function function;
  ColumnUse column;
  ValueShape shape;
  bool small_form;  // needs no key but `column`
};
constexpr FunctionRow kFunctions[] = {
    {"count", Function::kCount, ColumnUse::kOptional, ValueShape::kNumber, true},
    {"sum", Function::kSum, ColumnUse::kRequired, ValueShape::kNumber, true},
    {"mean", Function::kMean, ColumnUse::kRequired, ValueShape::kNumber, true},
    {"min", Function::kMin, ColumnUse::kRequired, ValueShape::kOrdered, true},
    {"max", Function::kMax, ColumnUse::kRequired, ValueShape::kOrdered, true},
    {"std", Function::kStd, ColumnUse::kRequired, ValueShape::kNumber, true},
    {"last", Function::kLast, ColumnUse::kRequired, ValueShape::kAny, true},
    {"first", Function::kFirst, ColumnUse::kRequired, ValueShape::kAny, true},
    {"distinct", Function::kDistinct, ColumnUse::kRequired, ValueShape::kNumber, true},
    {"top_k", Function::kTopK, ColumnUse::kOptional, ValueShape::kGroup, false},
    {"time_since_last", Function::kTimeSince, ColumnUse::kOptional, ValueShape::kNumber, true},
    {"streak", Function::kStreak, ColumnUse::kOptional, ValueShape::kNumber, true},
    {"entropy", Function::kEntropy, ColumnUse::kRequired, ValueShape::kNumber, true},
    {"percentile", Function::kPercentile, ColumnUse::kRequired, ValueShape::kNumber, false},
    {"groups", Function::kGroups, ColumnUse::kOptional, ValueShape::kList, false},
};
constexpr std::string_view kRatio = "ratio";

// What other systems call the same.
struct ForeignRow {
  std::string_view name;
  std::string_view mend;
};
constexpr ForeignRow kForeign[] = {
    {"avg", "write mean"},
    {"average", "write mean"},
    {"stddev", "write std"},
    {"stddev_samp", "write std"},
    {"median", "write function: percentile, quantile: 0.5"},
    {"nunique", "write distinct"},
    {"count_distinct", "write distinct"},
    {"approx_count_distinct", "write function: distinct, exact: false"},
    {"mode", "write function: top_k, group_by: COLUMN"},
    {"latest", "write 'column' at the feature, without 'aggregation'"},
    {"histogram", "write function: groups, group_by: COLUMN"},
};

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

const FunctionRow* find_row(std::string_view name) {
  const auto* found = std::ranges::find(kFunctions, name, &FunctionRow::name);
  return found == std::end(kFunctions) ? nullptr : found;
}

std::vector<std::string> names_of_functions() {
  std::vector<std::string> names;
  for (const FunctionRow& row : kFunctions) names.emplace_back(row.name);
  names.emplace_back(kRatio);
  return names;
}

std::string function_mend(std::string_view name) {
  const auto* foreign = std::ranges::find(kForeign, name, &ForeignRow::name);
  if (foreign != std::end(kForeign)) return std::string(foreign->mend);
  const std::string near = nearest_name(name, names_of_functions());
  if (!near.empty()) return fmt::format("did you mean '{}'?", near);
  return fmt::format("functions are {}", fmt::join(names_of_functions(), ", "));
}

// One aggregation, and those inside a ratio.
class AggregationReader {
 public:
  AggregationReader(const YamlNode& node, FeatureDefinition& feature)
      : node_(node), map_(node), feature_(feature) {}

  // `outer` is the ratio around it, whose window and filter hold where there are none.
  Result<Aggregation> read(const Aggregation* outer) {
    const std::string name = map_.required_string("function");
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
    const YamlNode node = *node_.find("function");
    const FunctionRow* row = find_row(name);
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

std::vector<std::string> small_form_names() {
  std::vector<std::string> names;
  for (const FunctionRow& row : kFunctions) {
    if (row.small_form) names.emplace_back(row.name);
  }
  return names;
}

}  // namespace

Result<Aggregation> read_aggregation(const YamlNode& node, FeatureDefinition& feature) {
  return AggregationReader(node, feature).read(nullptr);
}

Result<std::optional<Aggregation>> read_small_form(const YamlNode& node, const std::string& text) {
  const std::string_view form = text;
  const bool rolling = form.starts_with("rolling_");
  const bool lifetime = form.starts_with("lifetime_");
  std::string_view name = form;
  std::string_view window = "lifetime";
  if (rolling) {
    const size_t last = form.rfind('_');
    name = last > 7 ? form.substr(8, last - 8) : form.substr(8);
    window = last > 7 ? form.substr(last + 1) : "";
  } else if (lifetime) {
    name = form.substr(9);
  }
  const FunctionRow* row = find_row(name);
  const bool known = row != nullptr && row->small_form;
  if (!known && !rolling && !lifetime) return std::optional<Aggregation>();
  if (!known) {
    std::string mend = fmt::format("write it under 'aggregation': {{function: {}, ...}}", name);
    if (row == nullptr) {
      const std::string near = nearest_name(name, small_form_names());
      mend = near.empty() ? function_mend(name) : fmt::format("did you mean '{}'?", near);
    }
    return node.error(fmt::format("'{}' has no short form of a function", text), mend);
  }
  Aggregation aggregation;
  aggregation.function = row->function;
  if (rolling) {
    auto duration = parse_duration(window);
    if (!duration) return node.error(duration.error().message, duration.error().mend);
    aggregation.window = *duration;
  }
  if (aggregation.function == Function::kStreak && aggregation.window < aggregation.period) {
    return node.error("a streak of days does not fit into less than a day",
                      "write it under 'aggregation', with a shorter period");
  }
  return std::optional(std::move(aggregation));
}

ValueShape shape_of(const Aggregation& aggregation) {
  if (!aggregation.over.empty()) return ValueShape::kNumber;
  if (aggregation.function == Function::kDistinctHll) return ValueShape::kNumber;
  return std::ranges::find(kFunctions, aggregation.function, &FunctionRow::function)->shape;
}

}  // namespace coterie::features
