#pragma once
// Served vectors held against the offline values of the same entities and moments.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "features/offline/offline_store.h"
#include "serving/features/skew_sample.h"

namespace coterie::cli {

struct SkewDifference {
  std::string feature;
  std::string entity;  // "customer_id=c1"
  Micros at = 0;
  std::string online;  // "null" where it is
  std::string offline;
  double size = 0;  // of numbers: |difference| relative to the greater of the two; else 1
};

struct FeatureSkew {
  int64_t compared = 0;
  int64_t equal = 0;
  double greatest = 0;  // SkewDifference::size
};

struct SkewReport {
  int64_t vectors = 0;         // compared
  int64_t not_loaded = 0;      // later than what the warehouse has of the log
  int64_t other_versions = 0;  // values of features that the registry has in another version
  int64_t compared = 0;        // values
  int64_t equal = 0;
  std::map<std::string, FeatureSkew> features;
  std::vector<SkewDifference> worst;  // the greatest few, greatest first

  double equal_share() const;
};

struct SkewOptions {
  int64_t loaded_offset = 0;  // of the log: what the warehouse has of it
  double tolerance = 1e-9;    // relative, of numbers
  std::string folder;         // for files on the way; the connection may read and write it
};

// Computes what was visible at the moments of `served`, one point-in-time set for all vectors of
// the same keys and features.
Result<SkewReport> compare_served(const features::OfflineContext& context,
                                  const std::vector<serving::ServedVector>& served,
                                  const SkewOptions& options);

// 0 if they are equal within the tolerance, else SkewDifference::size; nullopt is null.
double difference_of(const serving::ServedValue& online, const std::optional<std::string>& offline,
                     double tolerance);

}  // namespace coterie::cli
