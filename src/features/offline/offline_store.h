#pragma once
// The warehouse as the offline feature store: what point-in-time sets and snapshots start from.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "base/threads.h"
#include "base/timezone.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/snapshot.h"
#include "features/offline/entity_keys.h"
#include "features/offline/model_artefacts.h"
#include "features/plan/feature_plan.h"
#include "features/plan/fitted.h"
#include "features/registry/registry.h"

namespace coterie::features {

// What an execution may use. Everything outlives it.
struct OfflineContext {
  const data::Project& project;
  const Registry& registry;
  const data::Snapshot& snapshot;
  data::Connection& connection;  // the snapshot is attached; may read what the caller names
  ThreadPool& pool;
  int64_t memory_bytes = int64_t{1} << 30;  // for events; partitions of entities keep within it
  ModelFinder find_model = {};              // for features of models; none: there are no models
  // False of a registry that is not the project's: rows that were pushed and statistics that were
  // fitted belong to other sources and features, of whatever name.
  bool of_project = true;
  // Rows of sources that are SELECTs, by name, where the caller knows; others count as if they were
  // the largest table.
  std::map<std::string, int64_t, std::less<>> source_rows = {};
};

// The features compiled against the warehouse, and its entities' keys.
struct OfflinePlan {
  FeaturePlan plan;
  std::vector<EntityKeys> keys;
  TimeZone timezone;

  static Result<OfflinePlan> open(const OfflineContext& context,
                                  std::span<const FeatureDefinition* const> features);
};

// Statistics that builds have committed with the warehouse (marks "features.fitted.<reference>").
Result<FittedSet> read_fitted(const data::Snapshot& snapshot);
// The same for an execution: none where the registry is not the project's.
Result<FittedSet> fitted_before(const OfflineContext& context);
inline constexpr const char* kFittedMark = "features.fitted.";

// The end of the day that the project calls today: `as_of` of coterie.yaml; by the clock for `now`;
// without either the day of the newest row, by its role's time, of the tables that the plan's
// sources read, pushed rows included, or of the newest training (kNotFound: none has any).
Result<Micros> newest_moment(const OfflineContext& context, const OfflinePlan& plan);

// Into how many partitions of an entity's codes the plan's events are to be divided so that each
// fits `memory_bytes`, if events are spread evenly. Row counts of tables say; rows of SELECTs are
// counted, unless all would fit if each had as many as the largest table: every partition runs them
// again.
Result<int64_t> partitions_for(const OfflineContext& context, const OfflinePlan& plan);

}  // namespace coterie::features
