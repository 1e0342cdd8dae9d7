#include "features/plan/feature_plan.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/check.h"
#include "features/plan/slot_compiler_internal.h"
#include "features/plan/yaml_place_internal.h"

namespace coterie::features {
namespace {

expr::Type request_type(FeatureType type) {
  if (type == FeatureType::kNumeric) return expr::kRealType;
  if (type == FeatureType::kBoolean) return expr::kBoolType;
  return expr::kTextType;
}

bool fits(FeatureType declared, const ValueType& type) {
  if (type.shape != Shape::kScalar) {
    return declared == (type.shape == Shape::kVector ? FeatureType::kVector : FeatureType::kText) ||
           (type.shape == Shape::kTexts && declared == FeatureType::kCategorical);
  }
  const bool moment =
      type.type.is(expr::TypeKind::kDate) || type.type.is(expr::TypeKind::kTimestamp);
  switch (declared) {
    case FeatureType::kNumeric:
      return type.type.is_number() || moment;
    case FeatureType::kBoolean:
      return type.type.is(expr::TypeKind::kBool);
    case FeatureType::kText:
      return type.type.is(expr::TypeKind::kText);
    case FeatureType::kCategorical:
      return !type.type.is(expr::TypeKind::kReal);
    case FeatureType::kVector:
      return false;
  }
  return false;
}

const char* fitting_types(const ValueType& type) {
  if (type.shape == Shape::kVector) return "vector";
  if (type.shape == Shape::kTexts) return "categorical";
  if (type.type.is(expr::TypeKind::kText)) return "categorical or text";
  if (type.type.is(expr::TypeKind::kBool)) return "boolean or categorical";
  return "numeric";
}

// The type behind an encoding.
Result<ValueType> encoded_type(const FeatureDefinition& feature, const ValueType& raw) {
  const Encoding& encoding = feature.encoding;
  if (encoding.kind == EncodingKind::kNone) return raw;
  const YamlNode node = place_of(feature.node, {"transformation"});
  if (raw.shape != Shape::kScalar)
    return node.error(fmt::format("a {} cannot be encoded further", raw.to_text()),
                      "encode a single value");
  const bool by_text =
      encoding.kind == EncodingKind::kOneHot || encoding.kind == EncodingKind::kHash;
  if (!by_text && !raw.type.is_number()) {
    return node.error(
        fmt::format("the value is {}, and this encoding is for numbers", raw.type.to_text()),
        "use one_hot or hash for texts");
  }
  if (by_text && raw.type.is(expr::TypeKind::kReal)) {
    return node.error("one_hot and hash are for values that repeat, and this one is real",
                      "round it in an expression, or use bucket");
  }
  switch (encoding.kind) {
    case EncodingKind::kOneHot:
      return ValueType{Shape::kVector, expr::kRealType, static_cast<int>(encoding.values.size()),
                       encoding.values};
    case EncodingKind::kHash:
    case EncodingKind::kBucket:
    case EncodingKind::kPercentileBucket:
      return ValueType{.type = expr::kIntType};
    default:
      return ValueType{.type = expr::kRealType};
  }
}

}  // namespace

class PlanCompiler {
 public:
  PlanCompiler(const Registry& registry, const SourceSchemas& schemas, const ModelVectorSet& models)
      : registry_(registry), schemas_(schemas), models_(models) {
    plan_.registry_ = &registry;
    for (const Source& source : registry.sources()) {
      for (const auto& [field, type] : source.request)
        plan_.request_fields_.push_back({source.name + "." + field, request_type(type)});
    }
  }

  // Inputs of a feature were added before.
  Status add(const FeatureDefinition& feature) {
    if (plan_.find(feature.name) != nullptr) return {};
    CompiledFeature compiled;
    compiled.definition = &feature;
    switch (feature.kind) {
      case FeatureKind::kAggregation:
      case FeatureKind::kLatest:
        RETURN_IF_ERROR(from_source(feature, compiled));
        break;
      case FeatureKind::kDerived:
        RETURN_IF_ERROR(from_features(feature, compiled));
        break;
      case FeatureKind::kModel:
        RETURN_IF_ERROR(from_model(feature, compiled));
        break;
    }
    ASSIGN_OR_RETURN(compiled.type, encoded_type(feature, compiled.type));
    if (!fits(feature.type, compiled.type)) {
      return place_of(feature.node, {"type"})
          .error(fmt::format("feature '{}' is declared {}, and its values are {}", feature.name,
                             feature_type_name(feature.type), compiled.type.to_text()),
                 fmt::format("declare `type: {}`", fitting_types(compiled.type)));
    }
    plan_.features_.push_back(std::move(compiled));
    return {};
  }

  FeaturePlan take() { return std::move(plan_); }

 private:
  Result<int> source_plan(const FeatureDefinition& feature);
  Status from_source(const FeatureDefinition& feature, CompiledFeature& compiled);
  Status from_features(const FeatureDefinition& feature, CompiledFeature& compiled);
  Status from_model(const FeatureDefinition& feature, CompiledFeature& compiled);
  Result<int> vector_source(const ModelVectors& vectors, const Entity& entity);

  const Registry& registry_;
  const SourceSchemas& schemas_;
  const ModelVectorSet& models_;
  FeaturePlan plan_;
};

Result<int> PlanCompiler::source_plan(const FeatureDefinition& feature) {
  const Source* source = registry_.source(feature.source);
  const Entity* entity = registry_.entity(feature.entity);
  CHECK(source != nullptr && entity != nullptr);
  for (size_t i = 0; i < plan_.sources_.size(); ++i) {
    if (plan_.sources_[i].source == source && plan_.sources_[i].entity == entity)
      return static_cast<int>(i);
  }
  const auto schema = schemas_.find(source->name);
  if (schema == schemas_.end()) {
    return source->node.error(
        fmt::format("source '{}' has no table in this project", source->name),
        "run `coterie run --select ingest` once, or remove the features of this source");
  }
  ASSIGN_OR_RETURN(SourcePlan plan, SourcePlan::open(*source, *entity, schema->second));
  plan_.sources_.push_back(std::move(plan));
  return static_cast<int>(plan_.sources_.size() - 1);
}

Status PlanCompiler::from_source(const FeatureDefinition& feature, CompiledFeature& compiled) {
  ASSIGN_OR_RETURN(const int source, source_plan(feature));
  SlotCompiler slots(plan_.sources_[static_cast<size_t>(source)], source, feature);
  compiled.sources = {source};
  if (feature.kind == FeatureKind::kLatest) {
    ASSIGN_OR_RETURN(SlotUse use, slots.latest());
    compiled.type = {.type = use.type};
    compiled.slots.push_back(use);
    return {};
  }
  const YamlNode node = place_of(feature.node, {"aggregation"});
  const Aggregation& aggregation = *feature.aggregation;
  if (aggregation.over.empty()) {
    ASSIGN_OR_RETURN(const SlotUse use, slots.aggregate(aggregation, node));
    compiled.type = slots.value_type(use);
    compiled.slots.push_back(use);
    return {};
  }
  const auto part = [&](const Aggregation& each, const char* key) -> Status {
    ASSIGN_OR_RETURN(const SlotUse use, slots.aggregate(each, place_of(node, {key})));
    if (slots.value_type(use).shape != Shape::kScalar || !use.type.is_number())
      return place_of(node, {key})
          .error("a ratio needs numbers", "use count, sum or another number");
    compiled.slots.push_back(use);
    return {};
  };
  RETURN_IF_ERROR(part(aggregation, "numerator"));
  RETURN_IF_ERROR(part(aggregation.over.front(), "denominator"));
  compiled.type = {.type = expr::kRealType};
  return {};
}

Status PlanCompiler::from_features(const FeatureDefinition& feature, CompiledFeature& compiled) {
  std::vector<expr::Column> columns = {{.name = "as_of", .type = expr::kTimestampType},
                                       {.name = "as_of_day", .type = expr::kDateType}};
  for (const RequestField& field : plan_.request_fields_)
    columns.push_back({.name = field.name, .type = field.type});
  for (const CompiledFeature& each : plan_.features_) {
    if (each.type.shape == Shape::kScalar)
      columns.push_back({.name = each.definition->name, .type = each.type.type});
  }
  const YamlNode node = feature.node.find("of") ? place_of(feature.node, {"of"})
                                                : place_of(feature.node, {"transformation"});
  for (const FeatureDefinition* input : registry_.inputs_of(feature)) {
    const CompiledFeature* each = plan_.find(input->name);
    if (each != nullptr && each->type.shape != Shape::kScalar) {
      return node.error(fmt::format("feature '{}' is a {}, and expressions compute with single "
                                    "values",
                                    input->name, each->type.to_text()),
                        "name a numeric, categorical, boolean or text feature");
    }
  }
  ASSIGN_OR_RETURN(compiled.expression,
                   expr::Expression::parse(feature.expression, expr::Schema(std::move(columns)),
                                           origin_of(node)));
  compiled.type = {.type = compiled.expression->type()};
  if (compiled.type.type.is(expr::TypeKind::kNull))
    return node.error("the expression is always null", "name a feature");
  std::set<int> sources;
  for (const std::string& name : compiled.expression->column_names()) {
    compiled.inputs.push_back(name);
    const CompiledFeature* input = plan_.find(name);
    if (input != nullptr) sources.insert(input->sources.begin(), input->sources.end());
  }
  compiled.sources.assign(sources.begin(), sources.end());
  return {};
}

// The name holds a blank, as no name of a registry does, and the model's version: another model's
// rows are of another source.
Result<int> PlanCompiler::vector_source(const ModelVectors& vectors, const Entity& entity) {
  const std::string name = vectors.id + " " + entity.name;
  for (size_t i = 0; i < plan_.sources_.size(); ++i) {
    if (plan_.sources_[i].source->name == name) return static_cast<int>(i);
  }
  auto source = std::make_unique<Source>();
  source->name = name;
  source->timestamp_field = kTrainedUntil;
  ASSIGN_OR_RETURN(
      SourcePlan plan,
      SourcePlan::open(*source, entity, vectors_schema(vectors, entity.join_keys.front())));
  plan.of_model = true;
  plan_.model_sources_.push_back(std::move(source));
  plan_.sources_.push_back(std::move(plan));
  return static_cast<int>(plan_.sources_.size() - 1);
}

Status PlanCompiler::from_model(const FeatureDefinition& feature, CompiledFeature& compiled) {
  const auto found = models_.find(std::pair(feature.model, feature.entity));
  if (found == models_.end()) {
    return place_of(feature.node, {"model"})
        .error(fmt::format("model '{}' has no vectors yet", feature.model),
               "train it: coterie run");
  }
  const ModelVectors& vectors = *found->second;
  ASSIGN_OR_RETURN(const int source, vector_source(vectors, *registry_.entity(feature.entity)));
  SourcePlan& plan = plan_.sources_[static_cast<size_t>(source)];
  SlotUse use{.source = source, .aggregate = {.function = Function::kLatest}, .type = {}};
  ASSIGN_OR_RETURN(use.aggregate.column, plan.add_field(kVectorRow, feature.node));
  use.type = expr::kIntType;
  compiled.sources = {source};
  compiled.slots = {use};
  compiled.vectors = found->second;
  compiled.type = {.shape = Shape::kVector, .type = expr::kRealType, .width = vectors.width};
  for (int i = 0; i < vectors.width; ++i) compiled.type.labels.push_back(std::to_string(i));
  return {};
}

Result<FeaturePlan> FeaturePlan::compile(const Registry& registry, const SourceSchemas& schemas,
                                         std::span<const FeatureDefinition* const> features,
                                         const ModelVectorSet& models) {
  PlanCompiler compiler(registry, schemas, models);
  for (const FeatureDefinition* feature : features) {
    for (const FeatureDefinition* input : registry.inputs_of(*feature))
      RETURN_IF_ERROR(compiler.add(*input));
    RETURN_IF_ERROR(compiler.add(*feature));
  }
  return compiler.take();
}

const CompiledFeature* FeaturePlan::find(std::string_view name) const {
  const auto found = std::ranges::find_if(
      features_, [&](const CompiledFeature& each) { return each.definition->name == name; });
  return found == features_.end() ? nullptr : &*found;
}

}  // namespace coterie::features
