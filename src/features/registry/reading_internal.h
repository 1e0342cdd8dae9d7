#pragma once
// The pieces that read one definition each out of YAML; registry_reader.cc puts them together.
// Every error is kInvalidInput and names file, line, column, key and the mend.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "expr/outline.h"
#include "features/registry/definition.h"

namespace coterie::features {

// Where an expression written in `node` begins.
expr::Origin expression_origin(const YamlNode& node);
// `node`'s text, checked to be a well-formed expression.
Result<std::string> read_expression(const YamlNode& node);
// Of a text that was checked already.
expr::Outline outline_of(const std::string& expression);

// A duration such as 30d; `lifetime` only where `or_lifetime`.
Result<Micros> read_duration(const YamlNode& node, bool or_lifetime);
// Letters, digits and '_', no digit first, at most 63 bytes, no keyword of expressions. `what` is
// how errors call it: "a feature".
Status check_name(const YamlNode& node, const std::string& name, std::string_view what);
Result<std::string> read_name(const YamlNode& node, std::string_view what);
// The key `name` of a definition.
Result<std::string> read_own_name(const YamlNode& definition, std::string_view what);
// "did you mean 'x'?", or `otherwise` and all of `names`, where there are not too many.
std::string names_mend(std::string_view name, const std::vector<std::string>& names,
                       std::string_view otherwise);

// What a value is, as far as that is known without tables.
enum class ValueShape : uint8_t {
  kNumber,
  kOrdered,  // number or text
  kAny,      // any single value, a moment among them
  kGroup,    // a category or text, such as a group's name
  kTruth,    // true or false
  kList,     // numbers by group
};

Result<Entity> read_entity(const YamlNode& node);
Result<Source> read_source(const YamlNode& node);
Result<FeatureService> read_service(const YamlNode& node);
// What needs other definitions (inputs, a derived feature's entity and type) is left open; `typed`
// tells whether the type was written down.
struct ReadFeature {
  FeatureDefinition feature;
  bool typed = false;
  ValueShape shape = ValueShape::kAny;  // of what is behind the encoding
};
Result<ReadFeature> read_feature(const YamlNode& node);

// `feature` receives what belongs to the feature itself: the order of groups.
Result<Aggregation> read_aggregation(const YamlNode& node, FeatureDefinition& feature);
// rolling_mean_30d, lifetime_sum, last: nullopt if the text is none. An error if it is one, but
// not a possible one.
Result<std::optional<Aggregation>> read_small_form(const YamlNode& node, const std::string& text);
// `log` or a map such as {bucket: [0, 10]}.
Result<Encoding> read_encoding(const YamlNode& node);

ValueShape shape_of(const Aggregation& aggregation);
// Sets the type where none was written (`written` is null) and checks that encoding, type and
// default fit each other and the shape.
// Returns what the encoding makes of the shape.
Result<ValueShape> settle_type(FeatureDefinition& feature, ValueShape shape,
                               const YamlNode* written);

}  // namespace coterie::features
