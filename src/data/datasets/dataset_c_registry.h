#pragma once
// Dataset C as a feature service: its columns as a registry over the tables that a project has.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/snapshot.h"

namespace coterie::data {

struct DatasetCRegistry {
  std::string text;   // YAML, see features/registry/registry.h
  int32_t today = 0;  // what the datasets call today, in days since 1970-01-01
};

// A feature registry with the entity customer and the service dataset_c. Columns of the table
// dataset_c_customers that the project has no data for are no members; all others are, under their
// names and in their order. At the end of a day every value is what the table says with that day as
// `as_of`.
//
// Each value comes from rows that were known at its moment, but for what the role customers says
// (age, membership, ...), which has no history. Buckets are quintiles of the customers as a build
// finds them. `connection` has all tables of the snapshot attached (schema facts). Errors as for
// the datasets.
Result<DatasetCRegistry> dataset_c_registry(const Project& project, const Snapshot& snapshot,
                                            Connection& connection);

}  // namespace coterie::data
