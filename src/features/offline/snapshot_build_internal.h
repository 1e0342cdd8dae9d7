#pragma once
// A build under way: what its parts (plan, events, statistics, rows) share.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/parquet/parquet_writer.h"
#include "features/offline/event_loader.h"
#include "features/offline/feature_rows.h"
#include "features/offline/snapshot_build.h"

namespace coterie::features {

inline constexpr const char* kDayColumn = "feature_date";

// Events of one range of the entity's codes.
struct LoadedPart {
  int32_t first = 0;
  EventTables tables;
  std::vector<int32_t> members;  // counted from `first`
};

struct SnapshotBuild::Impl {
  const OfflineContext& context;
  const Entity& entity;
  std::vector<const FeatureDefinition*> features;
  std::optional<int32_t> asked_day;
  std::optional<OfflinePlan> offline = {};
  std::optional<EventTexts> texts = {};
  Micros at = 0;
  FittedSet fitted = {};
  std::vector<std::string> newly_fitted = {};
  std::optional<RequestPlan> plan = {};
  std::optional<LoadedPart> whole = {};  // where all events fit
  int64_t width = 0;                     // codes of a part
  SnapshotStats stats = {};
  std::vector<std::unique_ptr<parquet::TextTable>> key_texts = {};  // of keys without dictionary

  int32_t day() const { return offline->timezone.day_of(at); }
  const EntityKeys& keys() const { return keys_of(offline->keys, entity); }
  Status prepare();
  Result<LoadedPart> load(int64_t first);
  std::vector<int32_t> find_members(const EventTables& tables) const;
  // Calls `use` with each part in the order of codes.
  Status for_each_part(const std::function<Status(const LoadedPart&)>& use);
  Status fit();
  Status fit_level(const std::vector<const FeatureDefinition*>& level);
  RowBatch batch(std::span<const int32_t> members, std::vector<Micros>& times) const;
  Status read_key_texts();
  std::vector<parquet::Column> key_columns(const LoadedPart& part,
                                           std::span<const int32_t> members) const;
  std::vector<parquet::Column> file_columns(const SnapshotProvenance& provenance) const;
  parquet::RowGroup encode(const LoadedPart& part, std::span<const int32_t> members,
                           const FeatureSource& source, const SnapshotProvenance& provenance) const;
};

}  // namespace coterie::features
