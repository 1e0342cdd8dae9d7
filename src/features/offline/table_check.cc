#include "features/offline/table_check.h"

#include <algorithm>

#include "features/offline/entity_keys.h"
#include "features/offline/event_sql.h"
#include "features/offline/source_schemas.h"
#include "features/plan/feature_plan.h"
#include "features/plan/request_plan.h"

namespace coterie::features {
namespace {

// No value is computed here, so nobody asks when a day ends.
const TimeZone kAnyZone;

bool is_trained(const FeatureDefinition& feature, const ModelFinder& find_model) {
  if (feature.kind != FeatureKind::kModel) return true;
  const auto model = find_model(feature.model);
  return model.ok() || model.error().code != ErrorCode::kNotFound;
}

bool readable(const Registry& registry, const SourceSchemas& schemas, const ModelFinder& find_model,
              const FeatureDefinition& feature) {
  const FeatureDefinition* one[] = {&feature};
  const auto trained = [&](const FeatureDefinition* input) {
    return is_trained(*input, find_model);
  };
  if (!trained(&feature) || !std::ranges::all_of(registry.inputs_of(feature), trained))
    return false;
  return std::ranges::all_of(sources_of(registry, one), [&](const Source* source) {
    return !source->request.empty() || schemas.contains(source->name);
  });
}

}  // namespace

Result<TableCheck> check_against_tables(const Registry& registry, const data::Snapshot& snapshot,
                                        data::Connection& connection,
                                        const ModelFinder& find_model) {
  std::vector<const Source*> sources;
  for (const Source& source : registry.sources()) sources.push_back(&source);
  ASSIGN_OR_RETURN(const SourceSchemas schemas,
                   find_source_schemas(sources, snapshot, connection, kAnyZone));
  TableCheck check;
  std::vector<const FeatureDefinition*> checked;
  for (const FeatureDefinition& feature : registry.features()) {
    if (readable(registry, schemas, find_model, feature)) {
      checked.push_back(&feature);
    } else {
      check.unchecked.push_back(feature.name);
    }
  }
  ASSIGN_OR_RETURN(const auto models, read_model_vectors(registry, checked, snapshot, find_model));
  for (const FeatureDefinition* feature : checked) {
    const FeatureDefinition* one[] = {feature};
    ASSIGN_OR_RETURN(const FeaturePlan plan, FeaturePlan::compile(registry, schemas, one, models));
    // Defaults are read in the type of the values.
    const auto request = RequestPlan::make(plan, one, {});
    if (!request.ok() && request.error().code == ErrorCode::kInvalidInput) return request.error();
    ++check.checked;
  }
  return check;
}

Result<std::vector<std::string>> feature_sql(const Registry& registry,
                                             const FeatureDefinition& feature,
                                             const data::Snapshot& snapshot,
                                             data::Connection& connection,
                                             const ModelFinder& find_model) {
  const FeatureDefinition* one[] = {&feature};
  const std::vector<const Source*> sources = sources_of(registry, one);
  ASSIGN_OR_RETURN(const SourceSchemas schemas,
                   find_source_schemas(sources, snapshot, connection, kAnyZone));
  std::vector<std::string> statements;
  if (!readable(registry, schemas, find_model, feature)) return statements;
  ASSIGN_OR_RETURN(const auto models, read_model_vectors(registry, one, snapshot, find_model));
  ASSIGN_OR_RETURN(const FeaturePlan plan, FeaturePlan::compile(registry, schemas, one, models));
  ASSIGN_OR_RETURN(const auto keys, find_entity_keys(plan, snapshot, connection));
  for (const SourcePlan& source : plan.sources())
    statements.push_back(event_sql(source, keys_of(keys, *source.entity).relation, {}));
  return statements;
}

}  // namespace coterie::features
