#pragma once
// A registry held against the tables that there are: what can be known before anything is computed.

#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/warehouse/snapshot.h"
#include "features/offline/model_artefacts.h"
#include "features/registry/registry.h"

namespace coterie::features {

struct TableCheck {
  int64_t checked = 0;  // features that compile
  // Features that nothing can be said of, because a source's table is not in the warehouse,
  // or a model is not trained yet.
  std::vector<std::string> unchecked;
};

// Compiles every feature whose tables exist. `connection` has the snapshot attached. kInvalidInput
// at the first fault's line: unknown columns, functions and types that do not fit, SQL that does
// not bind, tables without history that are not `static`.
Result<TableCheck> check_against_tables(const Registry& registry, const data::Snapshot& snapshot,
                                        data::Connection& connection,
                                        const ModelFinder& find_model);

// The SQL that the feature's rows come from, one statement a source: what the engine filters,
// joins and computes before windows are evaluated.
Result<std::vector<std::string>> feature_sql(const Registry& registry,
                                             const FeatureDefinition& feature,
                                             const data::Snapshot& snapshot,
                                             data::Connection& connection,
                                             const ModelFinder& find_model);

}  // namespace coterie::features
