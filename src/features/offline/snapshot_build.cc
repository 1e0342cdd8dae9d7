#include "features/offline/snapshot_build.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "features/offline/group_columns.h"
#include "features/offline/snapshot_build_internal.h"
#include "features/registry/history.h"

namespace coterie::features {
namespace {

constexpr const char* kProvenanceColumns[] = {"updated_at", "model_version", "run_id"};

// Whether neither the feature nor what it is derived from needs a request or another entity: those
// have no place in a snapshot.
bool stands_alone(const Registry& registry, const FeatureDefinition& feature,
                  const Entity& entity) {
  const auto own = [&](const FeatureDefinition& each) {
    return each.requests.empty() && (each.source.empty() || each.entity == entity.name);
  };
  return own(feature) && std::ranges::all_of(registry.inputs_of(feature),
                                             [&](const auto* input) { return own(*input); });
}

}  // namespace

Status SnapshotBuild::Impl::prepare() {
  std::erase_if(features, [&](const FeatureDefinition* feature) {
    return !stands_alone(context.registry, *feature, entity);
  });
  ASSIGN_OR_RETURN(offline, OfflinePlan::open(context, features));
  if (offline->keys.empty()) {
    return invalid_input(
               fmt::format("entity '{}' has no features that come from data", entity.name))
        .with_mend("add features with a source to the registry");
  }
  for (const FeatureDefinition* feature : features) {
    const bool taken =
        feature->name == kDayColumn ||
        std::ranges::find(entity.join_keys, feature->name) != entity.join_keys.end() ||
        std::ranges::find(kProvenanceColumns, feature->name) != std::end(kProvenanceColumns);
    if (taken)
      return feature->node.error(fmt::format("'{}' is a column of every snapshot", feature->name),
                                 "rename the feature");
  }
  if (asked_day) {
    at = offline->timezone.day_end(*asked_day);
  } else {
    ASSIGN_OR_RETURN(at, newest_moment(context, *offline));
  }
  const Stopwatch reading;
  ASSIGN_OR_RETURN(texts, EventTexts::read(offline->plan, offline->keys, context.connection));
  if (keys().dictionary.empty()) RETURN_IF_ERROR(read_key_texts());
  stats.read_seconds = reading.seconds();
  ASSIGN_OR_RETURN(const int64_t parts, partitions_for(context, *offline));
  width = std::max<int64_t>(1, (keys().size + parts - 1) / parts);
  stats.partitions = static_cast<int>((keys().size + width - 1) / width);
  ASSIGN_OR_RETURN(fitted, fitted_before(context));
  RETURN_IF_ERROR(fit());
  ASSIGN_OR_RETURN(plan, RequestPlan::make(offline->plan, features, fitted));
  return {};
}

Result<SnapshotBuild> SnapshotBuild::open(const OfflineContext& context, const Entity& entity,
                                          std::vector<const FeatureDefinition*> features,
                                          std::optional<int32_t> day) {
  auto impl = std::make_unique<Impl>(Impl{
      .context = context, .entity = entity, .features = std::move(features), .asked_day = day});
  RETURN_IF_ERROR(impl->prepare());
  return SnapshotBuild(std::move(impl));
}

std::vector<data::ColumnInfo> SnapshotBuild::columns() const {
  std::vector<data::ColumnInfo> columns;
  for (const std::string& key : impl_->entity.join_keys) {
    const bool coded = !dictionary().empty();
    columns.push_back({key, coded ? data::ValueType::kInt : data::ValueType::kText,
                       coded ? "INTEGER" : "VARCHAR"});
  }
  columns.push_back({kDayColumn, data::ValueType::kDate, "DATE"});
  for (const RequestPlan::Output& output : impl_->plan->outputs())
    columns.push_back(
        {output.definition->name, data::ValueType::kOther, output_sql_type(output.type)});
  columns.push_back({"updated_at", data::ValueType::kTimestamp, "TIMESTAMP"});
  columns.push_back({"model_version", data::ValueType::kText, "VARCHAR"});
  columns.push_back({"run_id", data::ValueType::kText, "VARCHAR"});
  return columns;
}

int32_t SnapshotBuild::day() const { return impl_->day(); }
const std::string& SnapshotBuild::dictionary() const { return impl_->keys().dictionary; }
const FittedSet& SnapshotBuild::fitted() const { return impl_->fitted; }
const std::vector<std::string>& SnapshotBuild::newly_fitted() const { return impl_->newly_fitted; }
const SnapshotStats& SnapshotBuild::stats() const { return impl_->stats; }

SnapshotBuild::SnapshotBuild(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SnapshotBuild::SnapshotBuild(SnapshotBuild&&) noexcept = default;
SnapshotBuild& SnapshotBuild::operator=(SnapshotBuild&&) noexcept = default;
SnapshotBuild::~SnapshotBuild() = default;

std::vector<const FeatureDefinition*> snapshot_features(const Registry& registry,
                                                        const Entity& entity) {
  std::vector<const FeatureDefinition*> features;
  for (const FeatureDefinition& feature : registry.features()) {
    if (feature.entity == entity.name) features.push_back(&feature);
  }
  return features;
}

std::string snapshot_table(const Entity& entity) {
  return entity.name == "customer" ? "customer_user_features" : entity.name + "_features";
}

std::string features_version(const Registry& registry,
                             std::span<const FeatureDefinition* const> features) {
  std::string all;
  for (const FeatureDefinition* feature : features)
    all += feature->reference() + "=" + fingerprint(registry, *feature) + "\n";
  return "features/" + sha256_hex(all).substr(0, 8);
}

}  // namespace coterie::features
