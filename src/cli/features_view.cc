#include "cli/features_view.h"

#include <fmt/format.h>

#include "base/nearest_name.h"

namespace coterie::cli {

using features::Aggregation;
using features::FeatureDefinition;
using features::FeatureKind;

Result<OpenedRegistry> OpenedRegistry::open(const Session& session, std::vector<Error>* mistakes) {
  OpenedRegistry opened;
  ASSIGN_OR_RETURN(opened.folder, session.project_folder());
  ASSIGN_OR_RETURN(opened.registry, features::Registry::load(opened.folder, mistakes));
  ASSIGN_OR_RETURN(opened.history, features::VersionHistory::load(opened.folder));
  return opened;
}

std::string value_text(const FeatureDefinition& feature) {
  std::string text;
  switch (feature.kind) {
    case FeatureKind::kAggregation:
      text = features::aggregation_text(*feature.aggregation);
      break;
    case FeatureKind::kLatest:
      text = feature.expression + " of the newest row";
      break;
    case FeatureKind::kDerived:
      text = feature.expression;
      break;
    case FeatureKind::kModel:
      text = "vector of model " + feature.model;
      break;
  }
  const std::string encoding = features::encoding_text(feature.encoding);
  return encoding.empty() ? text : fmt::format("{}, as {}", text, encoding);
}

std::string window_column(const FeatureDefinition& feature) {
  if (!feature.aggregation) return "";
  const Aggregation& aggregation = *feature.aggregation;
  std::string text = features::window_text(aggregation.window);
  for (const Aggregation& over : aggregation.over) {
    if (over.window != aggregation.window) text += " / " + features::window_text(over.window);
  }
  return text;
}

std::string source_column(const FeatureDefinition& feature) {
  if (feature.kind == FeatureKind::kDerived) return "(features)";
  return feature.kind == FeatureKind::kModel ? "(model)" : feature.source;
}

Json feature_json(const FeatureDefinition& feature) {
  Json json = {{"name", feature.name},
               {"version", feature.version},
               {"entity", feature.entity},
               {"type", features::feature_type_name(feature.type)},
               {"value", value_text(feature)},
               {"window", window_column(feature)},
               {"source", feature.source},
               {"online", feature.online},
               {"description", feature.description},
               {"owner", feature.owner},
               {"tags", feature.tags}};
  if (!feature.inputs.empty()) json["inputs"] = feature.inputs;
  if (!feature.requests.empty()) json["request"] = feature.requests;
  if (!feature.model.empty()) json["model"] = feature.model;
  if (feature.ttl > 0) json["ttl"] = features::window_text(feature.ttl);
  if (feature.default_value) json["default"] = *feature.default_value;
  if (!feature.freshness.empty()) json["freshness"] = feature.freshness;
  if (!feature.groups.empty()) json["groups"] = feature.groups;
  if (feature.group_count > 0) json["group_count"] = feature.group_count;
  return json;
}

Error no_such_feature(const features::Registry& registry, const std::string& name) {
  std::vector<std::string> names;
  for (const FeatureDefinition& feature : registry.features()) names.push_back(feature.name);
  for (const auto& service : registry.services()) names.push_back(service.name);
  return not_found(fmt::format("no feature '{}'", name))
      .with_mend(nearest_mend(name, names, "see coterie features list"));
}

}  // namespace coterie::cli
