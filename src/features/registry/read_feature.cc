#include <algorithm>

#include <fmt/format.h>

#include "base/letter_case.h"
#include "expr/printer.h"
#include "features/registry/reading_internal.h"

namespace coterie::features {
namespace {

constexpr std::string_view kTypeNames[] = {"numeric", "categorical", "boolean", "vector", "text"};
constexpr FeatureType kTypes[] = {FeatureType::kNumeric, FeatureType::kCategorical,
                                  FeatureType::kBoolean, FeatureType::kVector, FeatureType::kText};

// A feature is one of four things, told apart by the keys it has: `model`, `of`, `source`, or none
// of these, which is an expression over other features.
class FeatureReader {
 public:
  explicit FeatureReader(const YamlNode& node) : node_(node), map_(node) {}

  Result<ReadFeature> read() {
    read_plain_keys();
    RETURN_IF_ERROR(map_.finish());
    ASSIGN_OR_RETURN(feature_.name, read_own_name(node_, "a feature"));
    RETURN_IF_ERROR(check_reserved());
    RETURN_IF_ERROR(read_durations());
    RETURN_IF_ERROR(read_value());
    return ReadFeature{std::move(feature_), type_node_.has_value(), shape_};
  }

 private:
  void read_plain_keys() {
    feature_.node = node_;
    map_.has("name");
    feature_.version = static_cast<int>(map_.integer("version", 1, {.min = 1, .max = 1'000'000}));
    feature_.entity = map_.string("entity", "");
    feature_.source = map_.string("source", "");
    feature_.model = map_.string("model", "");
    feature_.online = map_.boolean("online", true);
    feature_.description = map_.string("description", "");
    feature_.owner = map_.string("owner", "");
    feature_.tags = map_.string_list("tags");
    const std::vector<std::string> names(std::begin(kTypeNames), std::end(kTypeNames));
    const std::string type = map_.choice("type", "numeric", names);
    feature_.type = kTypes[std::ranges::find(names, type) - names.begin()];
    type_node_ = node_.find("type");
    for (const char* key :
         {"column", "of", "transformation", "aggregation", "ttl", "default", "freshness"}) {
      map_.has(key);
    }
  }

  Status check_reserved() const {
    const auto& reserved = reserved_names();
    if (std::ranges::find(reserved, lower_case(feature_.name)) == reserved.end()) return {};
    return node_.find("name")->error(
        fmt::format("every output has a column '{}' of its own", feature_.name),
        "choose another name");
  }

  Status read_durations() {
    if (const auto freshness = node_.find("freshness")) {
      ASSIGN_OR_RETURN(const Micros duration, read_duration(*freshness, false));
      feature_.freshness = window_text(duration);
    }
    if (const auto ttl = node_.find("ttl")) {
      ASSIGN_OR_RETURN(feature_.ttl, read_duration(*ttl, false));
    }
    return {};
  }

  Status read_value() {
    if (node_.find("model")) return read_model();
    if (node_.find("of")) return read_encoded();
    return node_.find("source") ? read_from_source() : read_derived();
  }

  Status refuse(std::initializer_list<const char*> keys, std::string_view why,
                std::string_view mend) const {
    for (const char* key : keys) {
      if (!node_.find(key)) continue;
      return node_.key_error(key, fmt::format("'{}' means nothing to {}", key, why),
                             std::string(mend));
    }
    return {};
  }

  Status read_model() {
    feature_.kind = FeatureKind::kModel;
    RETURN_IF_ERROR(refuse({"source", "column", "of", "transformation", "aggregation", "ttl"},
                           "a feature of a model",
                           "remove it; the value is the entity's vector in the model"));
    if (feature_.model.empty()) return node_.find("model")->error("the model's name is empty");
    return settle(ValueShape::kList);
  }

  Status read_encoded() {
    feature_.kind = FeatureKind::kDerived;
    RETURN_IF_ERROR(refuse({"source", "column", "aggregation", "ttl"},
                           "a feature that encodes another",
                           "remove it, or remove 'of'; the other feature has it"));
    const YamlNode of = *node_.find("of");
    ASSIGN_OR_RETURN(const std::string other, read_name(of, "a feature"));
    feature_.expression = expr::print_name(other);
    const auto transformation = node_.find("transformation");
    if (!transformation) {
      return node_.error(fmt::format("nothing says how '{}' is encoded", other),
                         "write for example transformation: {bucket: [0, 10]}");
    }
    const bool text = transformation->is_scalar() && *transformation->as_string() != "log";
    if (text) {
      return transformation->error(
          fmt::format("'{}' is no encoding", *transformation->as_string()),
          "write log or a map such as {bucket: [0, 10]}; an expression stands without 'of'");
    }
    ASSIGN_OR_RETURN(feature_.encoding, read_encoding(*transformation));
    return {};
  }

  Status read_derived() {
    feature_.kind = FeatureKind::kDerived;
    RETURN_IF_ERROR(refuse({"aggregation", "column", "ttl"}, "a feature without source",
                           "name the source of the rows: source: transactions"));
    const auto node = node_.find("transformation");
    if (!node) {
      return node_.error(fmt::format("nothing says what '{}' is", feature_.name),
                         "name a source and an aggregation, or write an expression over other "
                         "features as transformation");
    }
    if (!node->is_scalar()) {
      return node->error("an encoding needs a value to encode",
                         "name the feature to encode: of: other_feature; or a source and a column");
    }
    ASSIGN_OR_RETURN(const std::string text, node->as_string());
    ASSIGN_OR_RETURN(const auto small, read_small_form(*node, text));
    if (small || text == "log") {
      return node->error(fmt::format("'{}' needs a source and a column", text),
                         "write source: NAME and column: NAME beside it");
    }
    ASSIGN_OR_RETURN(feature_.expression, read_expression(*node));
    return {};
  }

  Status read_from_source() {
    if (feature_.source.empty()) return node_.find("source")->error("the source's name is empty");
    if (const auto node = node_.find("aggregation")) {
      feature_.kind = FeatureKind::kAggregation;
      RETURN_IF_ERROR(
          refuse({"column"}, "a feature with an aggregation", "move it into 'aggregation'"));
      ASSIGN_OR_RETURN(feature_.aggregation, read_aggregation(*node, feature_));
    }
    RETURN_IF_ERROR(read_transformation());
    if (feature_.aggregation) return settle(shape_of(*feature_.aggregation));
    const auto column = node_.find("column");
    if (!column) {
      return node_.error(
          fmt::format("nothing says what '{}' is of source '{}'", feature_.name, feature_.source),
          "write aggregation: {function: sum, column: price, window: 30d}, or column: NAME for the "
          "newest row's value");
    }
    feature_.kind = FeatureKind::kLatest;
    ASSIGN_OR_RETURN(feature_.expression, read_expression(*column));
    return settle(ValueShape::kAny);
  }

  // A short form is an aggregation; everything else here is an encoding.
  Status read_transformation() {
    const auto node = node_.find("transformation");
    if (!node) return {};
    const bool text = node->is_scalar() && *node->as_string() != "log";
    if (!text) {
      ASSIGN_OR_RETURN(feature_.encoding, read_encoding(*node));
      return {};
    }
    ASSIGN_OR_RETURN(auto small, read_small_form(*node, *node->as_string()));
    if (!small) {
      return node->error(
          fmt::format("'{}' is neither a function over rows nor an encoding", *node->as_string()),
          "write for example rolling_mean_30d; an expression over the source's columns stands "
          "under 'column', one over other features has no 'source'");
    }
    if (feature_.aggregation) {
      return node->error("a function stands beside 'aggregation'", "keep one of them");
    }
    return use_small_form(*node, *std::move(small));
  }

  Status use_small_form(const YamlNode& node, Aggregation aggregation) {
    const auto column = node_.find("column");
    if (column) {
      ASSIGN_OR_RETURN(aggregation.column, read_expression(*column));
    }
    const bool rows = aggregation.function == Function::kCount ||
                      aggregation.function == Function::kTimeSince ||
                      aggregation.function == Function::kStreak;
    if (!column && !rows) {
      return node.error(fmt::format("'{}' needs a column", *node.as_string()),
                        "say of what: column: price");
    }
    feature_.aggregation = std::move(aggregation);
    return {};
  }

  Status settle(ValueShape shape) {
    ASSIGN_OR_RETURN(shape_, settle_type(feature_, shape, type_node_ ? &*type_node_ : nullptr));
    return {};
  }

  YamlNode node_;
  YamlMap map_;
  std::optional<YamlNode> type_node_;
  FeatureDefinition feature_;
  ValueShape shape_ = ValueShape::kAny;
};

}  // namespace

Result<ReadFeature> read_feature(const YamlNode& node) { return FeatureReader(node).read(); }

}  // namespace coterie::features
