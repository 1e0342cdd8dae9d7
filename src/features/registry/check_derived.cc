// Features over other features: what they name, in which order, of which entity and type.

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "features/registry/registry_reader_internal.h"

namespace coterie::features {
namespace {

constexpr size_t kMostLevels = 64;

// The place of an expression: `transformation`, or `of`.
YamlNode expression_node(const FeatureDefinition& feature) {
  const auto of = feature.node.find("of");
  return of ? *of : *feature.node.find("transformation");
}

// The type that most expressions accept: whether a number is whole is known from the tables only,
// and whatever takes a real takes an int.
expr::Type loosest_type(ValueShape shape) {
  if (shape == ValueShape::kNumber) return expr::kIntType;
  return shape == ValueShape::kTruth ? expr::kBoolType : expr::kTextType;
}

ValueShape field_shape(FeatureType type) {
  if (type == FeatureType::kNumeric) return ValueShape::kNumber;
  return type == FeatureType::kBoolean ? ValueShape::kTruth : ValueShape::kGroup;
}

ValueShape result_shape(expr::Type type) {
  if (type.is_number()) return ValueShape::kNumber;
  if (type.is(expr::TypeKind::kBool)) return ValueShape::kTruth;
  return type.is(expr::TypeKind::kText) ? ValueShape::kGroup : ValueShape::kAny;
}

}  // namespace

// Depth first, so that inputs are settled before what is made of them.
void RegistryReader::resolve_all() {
  levels_.assign(registry_.features_.size(), 0);
  for (size_t i = 0; i < registry_.features_.size(); ++i) resolve(i);
}

bool RegistryReader::resolve(size_t index) {
  switch (states_[index]) {
    case State::kDone:
      return true;
    case State::kBroken:
      return false;
    case State::kOpen:
      return wrong(cycle_error(index));
    case State::kNew:
      break;
  }
  if (registry_.features_[index].kind == FeatureKind::kDerived) {
    states_[index] = State::kOpen;
    path_.push_back(index);
    const bool sound = resolve_derived(index);
    path_.pop_back();
    states_[index] = sound ? State::kDone : State::kBroken;
    return sound;
  }
  states_[index] = State::kDone;
  return true;
}

bool RegistryReader::resolve_derived(size_t index) {
  FeatureDefinition& feature = registry_.features_[index];
  if (!find_inputs(feature) || !resolve_inputs(index)) return false;
  Status settled = settle_entity(feature);
  if (!settled.ok()) return wrong(std::move(settled).error());
  auto shape = expression_shape(feature);
  if (!shape) return wrong(std::move(shape).error());
  const auto type = feature.node.find("type");
  auto typed = settle_type(feature, *shape, typed_[index] ? &*type : nullptr);
  if (!typed) return wrong(std::move(typed).error());
  shapes_[index] = *typed;
  return true;
}

bool RegistryReader::resolve_inputs(size_t index) {
  const FeatureDefinition& feature = registry_.features_[index];
  for (const std::string& input : feature.inputs) {
    const size_t other = registry_.feature_index_.find(input)->second;
    if (path_.size() < kMostLevels && !resolve(other)) return false;
    levels_[index] = std::max(levels_[index], levels_[other] + 1);
    if (path_.size() < kMostLevels && levels_[index] < kMostLevels) continue;
    return wrong(expression_node(feature).error(
        fmt::format("'{}' is derived through more than {} features", feature.name, kMostLevels),
        "write several of them as one expression"));
  }
  return true;
}

Error RegistryReader::cycle_error(size_t index) const {
  const auto begin = std::ranges::find(path_, index);
  std::vector<std::string> names;
  for (auto at = begin; at != path_.end(); ++at) {
    names.push_back(registry_.features_[*at].name);
  }
  names.push_back(names.front());
  return expression_node(registry_.features_[index])
      .error(fmt::format("features are made of each other: {}", fmt::join(names, " -> ")),
             "compute one of them from a source");
}

std::string RegistryReader::name_mend(const std::string& name) const {
  std::vector<std::string> names = feature_names();
  for (const auto& [field, type] : request_fields_) {
    if (field.ends_with("." + name)) return fmt::format("write {}", field);
    names.push_back(field);
  }
  names.emplace_back("as_of");
  names.emplace_back("as_of_day");
  return names_mend(name, names, "define it, or name the source of its rows; there are");
}

bool RegistryReader::find_inputs(FeatureDefinition& feature) {
  const YamlNode node = expression_node(feature);
  bool sound = true;
  for (const expr::NameUse& use : outline_of(feature.expression).names) {
    if (use.name == "as_of" || use.name == "as_of_day") continue;
    if (registry_.feature(use.name) != nullptr) {
      feature.inputs.push_back(use.name);
      continue;
    }
    if (request_fields_.contains(use.name)) {
      feature.requests.push_back(use.name);
      continue;
    }
    sound = false;
    const std::string_view name = use.name;
    if (broken_features_.may_be(name) || broken_sources_.may_be(name.substr(0, name.find('.'))))
      continue;
    return wrong(expr::error_at(expression_origin(node), use.place,
                                fmt::format("there is no feature or request field '{}'", name),
                                name_mend(use.name))
                     .for_key(node.path()));
  }
  return sound;
}

Status RegistryReader::settle_entity(FeatureDefinition& feature) const {
  const bool written = !feature.entity.empty();
  for (const std::string& name : feature.inputs) {
    const std::string& entity = registry_.feature(name)->entity;
    if (feature.entity.empty()) feature.entity = entity;
    if (feature.entity == entity) continue;
    return (written ? *feature.node.find("entity") : expression_node(feature))
        .error(fmt::format("'{}' is of entity '{}', but '{}' is of '{}'", feature.name,
                           feature.entity, name, entity),
               "a feature is made of features of one entity");
  }
  if (!feature.entity.empty()) return {};
  return feature.node.error(fmt::format("feature '{}' has no entity", feature.name),
                            names_mend("", entity_names(), "write entity: NAME; entities are"));
}

// What the expression yields, where the values that it reads are known without tables.
Result<ValueShape> RegistryReader::expression_shape(const FeatureDefinition& feature) const {
  const YamlNode node = expression_node(feature);
  std::vector<expr::Column> columns = {{"as_of", expr::kTimestampType},
                                       {"as_of_day", expr::kDateType}};
  bool known = true;
  for (const std::string& name : feature.inputs) {
    const ValueShape shape = shapes_[registry_.feature_index_.find(name)->second];
    if (feature.encoding.kind != EncodingKind::kNone) return shape;
    if (shape == ValueShape::kList) {
      return node.error(fmt::format("'{}' is a vector, which expressions cannot read", name),
                        "name features with single values");
    }
    known = known && shape != ValueShape::kAny && shape != ValueShape::kOrdered;
    columns.push_back({name, loosest_type(shape)});
  }
  if (!known) return ValueShape::kAny;
  for (const std::string& field : feature.requests) {
    columns.push_back({field, loosest_type(field_shape(request_fields_.at(field)))});
  }
  const auto parsed = expr::Expression::parse(feature.expression, expr::Schema(std::move(columns)),
                                              expression_origin(node));
  if (!parsed) return Error(parsed.error()).for_key(node.path());
  return result_shape(parsed->type());
}

}  // namespace coterie::features
