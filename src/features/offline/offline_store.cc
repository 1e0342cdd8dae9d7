#include "features/offline/offline_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"
#include "features/offline/event_sql.h"
#include "features/offline/source_schemas.h"

namespace coterie::features {

Result<OfflinePlan> OfflinePlan::open(const OfflineContext& context,
                                      std::span<const FeatureDefinition* const> features) {
  ASSIGN_OR_RETURN(TimeZone timezone, TimeZone::load(context.project.timezone));
  const std::vector<const Source*> sources = sources_of(context.registry, features);
  ASSIGN_OR_RETURN(const SourceSchemas schemas,
                   find_source_schemas(sources, context.snapshot, context.connection));
  ASSIGN_OR_RETURN(FeaturePlan plan, FeaturePlan::compile(context.registry, schemas, features));
  ASSIGN_OR_RETURN(auto keys, find_entity_keys(plan, context.snapshot, context.connection));
  return OfflinePlan{std::move(plan), std::move(keys), std::move(timezone)};
}

Result<FittedSet> read_fitted(const data::Snapshot& snapshot) {
  FittedSet fitted;
  ASSIGN_OR_RETURN(const auto marks, snapshot.marks(kFittedMark));
  for (const auto& [key, text] : marks)
    RETURN_IF_ERROR(fitted.read(key.substr(std::string_view(kFittedMark).size()), text));
  return fitted;
}

Result<Micros> newest_moment(const OfflineContext& context, const OfflinePlan& plan) {
  const std::string& as_of = context.project.as_of;
  if (as_of == "now") return plan.timezone.day_end(plan.timezone.day_of(now_micros()));
  if (!as_of.empty()) {
    ASSIGN_OR_RETURN(const Micros midnight, parse_utc(as_of));
    return plan.timezone.day_end(static_cast<int32_t>(midnight / kMicrosPerDay));
  }
  Micros newest = kNever;
  for (const SourcePlan& source : plan.plan.sources()) {
    if (source.table.timestamp_field.empty()) continue;
    ASSIGN_OR_RETURN(const int64_t each, context.connection.scalar_int(newest_event_sql(source)));
    newest = std::max(newest, each);
  }
  if (newest == kNever) {
    return not_found("no source of these features has any row with a time")
        .with_mend("name the day, e.g. --date 2026-01-31, or load data first");
  }
  return plan.timezone.day_end(plan.timezone.day_of(newest));
}

int64_t estimated_bytes(const OfflineContext& context, const OfflinePlan& plan) {
  int64_t bytes = 0;
  for (const SourcePlan& source : plan.plan.sources()) {
    const auto table = context.snapshot.table(source.source->table);
    // What a SELECT yields is not known before it runs: as if it were the largest table.
    int64_t rows = table ? table->rows : 0;
    if (!table) {
      for (const data::TableInfo& each : context.snapshot.tables())
        rows = std::max(rows, each.rows);
    }
    const auto fields = static_cast<int64_t>(source.fields.size());
    const auto indices = static_cast<int64_t>(source.layout.distincts.size());
    const auto masks = static_cast<int64_t>(source.layout.masks.size());
    bytes += rows * (12 + 9 * fields + masks + 4 * indices) * 2;  // twice: rows, then sorted
  }
  return bytes;
}

}  // namespace coterie::features
