#pragma once
// Point-in-time sets: for every (entity, time) row of a spine the values that were visible then
// (conventions.h, Time). The rows keep the spine's order and columns; a column a feature follows.

#include <string>
#include <vector>

#include "base/result.h"
#include "features/offline/offline_store.h"
#include "features/offline/spine.h"

namespace coterie::features {

struct PointInTimeRequest {
  std::vector<const FeatureDefinition*> features;  // in the order of the output's columns
  SpineOptions spine;
  std::string out;  // a Parquet file, replaced atomically
};

struct PointInTimeReport {
  int64_t rows = 0;
  int64_t unknown = 0;  // rows of which no entity is known
  int64_t events = 0;   // of the spine's entities
  int partitions = 1;   // of entities, so that events keep within the memory
  int64_t bytes = 0;    // of the file
  double read_seconds = 0, compute_seconds = 0;
};

// O(events + rows · (aggregates · windows)). Memory: the spine, a partition's events and a few row
// groups. Features of several entities may be mixed; the spine then has the keys of all of them.
// kInvalidInput: spine, features; kUnavailable: statistics not fitted.
Result<PointInTimeReport> get_point_in_time(const OfflineContext& context,
                                            const PointInTimeRequest& request);

}  // namespace coterie::features
