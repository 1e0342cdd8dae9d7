// Encodings, and which types, defaults and encodings go together.

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "features/registry/reading_internal.h"

namespace coterie::features {
namespace {

constexpr int64_t kMostPlaces = 1024;  // of a one-hot vector

class EncodingReader {
 public:
  explicit EncodingReader(const YamlNode& node) : node_(node), map_(node) {}

  Result<Encoding> read() {
    for (const char* key : {"bucket", "percentile_bucket", "one_hot", "hash", "scale"}) {
      if (map_.has(key)) found_.emplace_back(key);
    }
    encoding_.descending = map_.boolean("descending", false);
    RETURN_IF_ERROR(map_.finish());
    if (found_.empty()) {
      return node_.error("no encoding is named",
                         "write bucket, percentile_bucket, one_hot, hash or scale, or log alone");
    }
    if (found_.size() > 1) {
      return node_.key_error(found_[1],
                             fmt::format("'{}' stands beside '{}'", found_[1], found_[0]),
                             "keep one; a second feature with 'of' can encode the first");
    }
    RETURN_IF_ERROR(read_kind(found_[0], *node_.find(found_[0])));
    const bool buckets = encoding_.kind == EncodingKind::kBucket ||
                         encoding_.kind == EncodingKind::kPercentileBucket;
    if (node_.find("descending") && !buckets) {
      return node_.key_error("descending",
                             fmt::format("'descending' means nothing to '{}'", found_[0]),
                             "remove it; it belongs to bucket and percentile_bucket");
    }
    return std::move(encoding_);
  }

 private:
  Status read_kind(const std::string& key, const YamlNode& value) {
    if (key == "bucket") return read_bounds(value);
    if (key == "one_hot") return read_one_hot(value);
    if (key == "scale") {
      const std::string scale = map_.choice("scale", "", {"standard", "min_max", "robust"});
      encoding_.kind = EncodingKind::kScale;
      encoding_.scale = scale == "robust"    ? Scale::kRobust
                        : scale == "min_max" ? Scale::kMinMax
                                             : Scale::kStandard;
      return map_.finish();
    }
    const bool hash = key == "hash";
    encoding_.kind = hash ? EncodingKind::kHash : EncodingKind::kPercentileBucket;
    encoding_.count =
        static_cast<int>(map_.integer(key, 0, {.min = 2, .max = hash ? INT32_MAX : 1000}));
    return map_.finish();
  }

  Status read_bounds(const YamlNode& value) {
    encoding_.kind = EncodingKind::kBucket;
    if (!value.is_list() || value.items().empty()) {
      return value.error("expected a list of bounds", "write for example bucket: [0, 10, 100]");
    }
    for (const YamlNode& item : value.items()) {
      ASSIGN_OR_RETURN(const double bound, item.as_double());
      if (!encoding_.bounds.empty() && bound <= encoding_.bounds.back()) {
        return item.error(
            fmt::format("bound {} does not lie above {}", bound, encoding_.bounds.back()),
            "write the bounds in ascending order");
      }
      encoding_.bounds.push_back(bound);
    }
    return {};
  }

  Status read_one_hot(const YamlNode& value) {
    encoding_.kind = EncodingKind::kOneHot;
    if (value.is_scalar()) {
      encoding_.count =
          static_cast<int>(map_.integer("one_hot", 0, {.min = 1, .max = kMostPlaces}));
      return map_.finish();
    }
    ASSIGN_OR_RETURN(encoding_.values, value.as_string_list());
    if (encoding_.values.empty() || encoding_.values.size() > kMostPlaces) {
      return value.error(fmt::format("one_hot lists 1 to {} values, not {}", kMostPlaces,
                                     encoding_.values.size()));
    }
    std::set<std::string> seen;
    for (const YamlNode& item : value.items()) {
      ASSIGN_OR_RETURN(const std::string text, item.as_string());
      if (!seen.insert(text).second) {
        return item.error(fmt::format("value '{}' stands twice", text), "remove one");
      }
    }
    return {};
  }

  YamlNode node_;
  YamlMap map_;
  std::vector<std::string> found_;
  Encoding encoding_;
};

// Types that a value may be declared as, the default first.
std::vector<FeatureType> types_of(ValueShape shape, EncodingKind encoding) {
  using enum FeatureType;
  switch (encoding) {
    case EncodingKind::kLog:
    case EncodingKind::kScale:
      return {kNumeric};
    case EncodingKind::kBucket:
    case EncodingKind::kPercentileBucket:
    case EncodingKind::kHash:
      return {kNumeric, kCategorical};
    case EncodingKind::kOneHot:
      return {kVector};
    case EncodingKind::kNone:
      break;
  }
  switch (shape) {
    case ValueShape::kNumber:
      return {kNumeric, kCategorical};
    case ValueShape::kOrdered:
      return {kNumeric, kCategorical, kText};
    case ValueShape::kAny:
      return {kNumeric, kCategorical, kBoolean, kText};
    case ValueShape::kGroup:
      return {kCategorical, kText};
    case ValueShape::kTruth:
      return {kBoolean, kCategorical};
    case ValueShape::kList:
      return {kVector};
  }
  return {};
}

ValueShape encoded_shape(ValueShape shape, EncodingKind encoding) {
  if (encoding == EncodingKind::kNone) return shape;
  return encoding == EncodingKind::kOneHot ? ValueShape::kList : ValueShape::kNumber;
}

Status check_encoding(const FeatureDefinition& feature, ValueShape shape) {
  const EncodingKind kind = feature.encoding.kind;
  if (kind == EncodingKind::kNone) return {};
  const YamlNode node = *feature.node.find("transformation");
  const std::string what = encoding_text(feature.encoding);
  if (shape == ValueShape::kList) {
    return node.error(fmt::format("a vector cannot be encoded: {}", what),
                      "remove the transformation");
  }
  const bool of_texts = kind == EncodingKind::kOneHot || kind == EncodingKind::kHash;
  if (!of_texts && (shape == ValueShape::kGroup || shape == ValueShape::kTruth)) {
    return node.error(fmt::format("{} takes a number, not a category", what),
                      "write one_hot or hash");
  }
  return {};
}

Status check_default(FeatureDefinition& feature) {
  const auto node = feature.node.find("default");
  if (!node) return {};
  switch (feature.type) {
    case FeatureType::kNumeric:
      if (const auto number = node->as_double(); !number) {
        Error error = number.error();
        if (error.mend.empty()) error.mend = "the default of a numeric feature is a number";
        return error;
      }
      break;
    case FeatureType::kBoolean: {
      ASSIGN_OR_RETURN(const bool value, node->as_bool());
      feature.default_value = value ? "true" : "false";
      return {};
    }
    case FeatureType::kVector:
      return feature.node.key_error("default", "a vector has no default", "remove it");
    case FeatureType::kCategorical:
    case FeatureType::kText:
      break;
  }
  ASSIGN_OR_RETURN(feature.default_value, node->as_string());
  return {};
}

}  // namespace

Result<Encoding> read_encoding(const YamlNode& node) {
  if (!node.is_scalar() || *node.as_string() != "log") return EncodingReader(node).read();
  Encoding encoding;
  encoding.kind = EncodingKind::kLog;
  return encoding;
}

Result<ValueShape> settle_type(FeatureDefinition& feature, ValueShape shape,
                               const YamlNode* written) {
  RETURN_IF_ERROR(check_encoding(feature, shape));
  const std::vector<FeatureType> types = types_of(shape, feature.encoding.kind);
  if (written == nullptr) {
    feature.type = types.front();
  } else if (std::ranges::find(types, feature.type) == types.end()) {
    std::vector<std::string> names;
    for (const FeatureType type : types) names.emplace_back(feature_type_name(type));
    return written->error(
        fmt::format("feature '{}' cannot be {}: its value is of type {}", feature.name,
                    feature_type_name(feature.type), fmt::join(names, " or ")),
        fmt::format("write type: {}", names.front()));
  }
  RETURN_IF_ERROR(check_default(feature));
  return encoded_shape(shape, feature.encoding.kind);
}

}  // namespace coterie::features
