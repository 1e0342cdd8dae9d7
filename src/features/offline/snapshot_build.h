#pragma once
// Snapshots: every feature of an entity, for all its members, at one moment. Recomputed in full
// from the events each time; an earlier day is rebuilt the same way, as it was visible then.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/parquet/parquet_file.h"
#include "features/offline/offline_store.h"
#include "features/plan/fitted.h"
#include "features/plan/request_plan.h"

namespace coterie::features {

// Who wrote the rows (DESIGN: every output table says so).
struct SnapshotProvenance {
  Micros updated_at = 0;
  std::string model_version;
  std::string run_id;
};

struct SnapshotStats {
  int64_t rows = 0;
  int64_t events = 0;
  int partitions = 0;
  double read_seconds = 0, compute_seconds = 0;
};

// Members are those with any row visible at the moment in any source of the features.
class SnapshotBuild {
 public:
  // Features without request values, whatever they are derived from; fits what needs fitting.
  // As of the end of `day`, of the newest (newest_moment()) without one. The context outlives the
  // build.
  static Result<SnapshotBuild> open(const OfflineContext& context, const Entity& entity,
                                    std::vector<const FeatureDefinition*> features,
                                    std::optional<int32_t> day);

  int32_t day() const;

  // Key columns, feature_date, features, updated_at, model_version, run_id; sorted by key code.
  std::vector<data::ColumnInfo> columns() const;
  // The join key's dictionary, "" if it has none.
  const std::string& dictionary() const;
  // Writes the rows as a Parquet file. May be called once.
  Result<int64_t> write(const std::string& path, const SnapshotProvenance& provenance);

  // All statistics, those fitted by this build included, and the references of these.
  const FittedSet& fitted() const;
  const std::vector<std::string>& newly_fitted() const;
  const SnapshotStats& stats() const;

  SnapshotBuild(SnapshotBuild&&) noexcept;
  SnapshotBuild& operator=(SnapshotBuild&&) noexcept;
  ~SnapshotBuild();

 private:
  struct Impl;
  explicit SnapshotBuild(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Features of an entity that a snapshot can hold: those that need no request values.
std::vector<const FeatureDefinition*> snapshot_features(const Registry& registry,
                                                        const Entity& entity);
// "customer_user_features", "article_features".
std::string snapshot_table(const Entity& entity);
// "features/1a2b3c4d": changes with the meaning of any of the features.
std::string features_version(const Registry& registry,
                             std::span<const FeatureDefinition* const> features);

}  // namespace coterie::features
