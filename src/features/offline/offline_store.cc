#include "features/offline/offline_store.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/clock.h"
#include "data/engine/sql_text.h"
#include "data/project/roles.h"
#include "features/offline/event_sql.h"
#include "features/offline/pushed_rows.h"
#include "features/offline/source_schemas.h"

namespace coterie::features {
namespace {

// The newest value of a column of days or of times.
struct TimeColumn {
  std::string table;
  std::string column;
  bool days = false;
  auto operator<=>(const TimeColumn&) const = default;
};

bool has_column(const OfflineContext& context, const std::string& table, std::string_view column) {
  const auto info = context.snapshot.table(table);
  return info &&
         std::ranges::find(info->columns, column, &data::ColumnSchema::name) != info->columns.end();
}

// The time columns of the tables that the sources read. Tables, not sources: their footers know the
// answer, and a source's SQL may move times.
std::set<TimeColumn> time_columns(const OfflineContext& context, const OfflinePlan& plan) {
  std::vector<std::string> tables;
  for (const data::TableInfo& table : context.snapshot.tables()) tables.push_back(table.name);
  std::set<TimeColumn> columns;
  for (const SourcePlan& source : plan.plan.sources()) {
    for (const std::string& table : tables_read(*source.source, tables)) {
      const data::Role* role = data::find_role(table);
      if (role == nullptr || role->time.empty()) continue;
      if (has_column(context, table, "day")) {
        columns.insert({table, "day", true});
      } else {
        columns.insert({table, std::string(role->time), false});
      }
    }
    if (source.table.timestamp_field.empty()) continue;
    const bool days =
        source.schema.find(source.table.timestamp_field)->type.is(expr::TypeKind::kDate);
    for (const std::string& table : {source.source->table, pushed_table(source.source->name)}) {
      const bool role = data::find_role(table) != nullptr;
      if (!role && context.snapshot.has(table))
        columns.insert({table, source.table.timestamp_field, days});
    }
  }
  return columns;
}

// Days since 1970, or INT32_MIN of an empty table.
Result<int32_t> newest_day(const OfflineContext& context, const OfflinePlan& plan,
                           const TimeColumn& time) {
  const std::string column = data::quote_name(time.column);
  ASSIGN_OR_RETURN(
      const int64_t newest,
      context.connection.scalar_int(
          fmt::format("SELECT coalesce(epoch_us(CAST(max({}) AS TIMESTAMP)), {} - 1) FROM facts.{}",
                      column, kNever + 1, data::quote_name(time.table))));
  if (newest == kNever) return INT32_MIN;
  if (time.days) return static_cast<int32_t>(newest / kMicrosPerDay);
  return plan.timezone.day_of(newest);
}

// Nothing for a SELECT, unless the caller knows: what it yields is known when it has run.
std::optional<int64_t> known_rows(const OfflineContext& context, const SourcePlan& source) {
  if (source.of_model)
    return context.snapshot.dictionary(source.table.columns.front().dictionary)->size;
  const auto known = context.source_rows.find(source.source->name);
  if (known != context.source_rows.end()) return known->second;
  const auto table = context.snapshot.table(source.source->table);
  return table ? std::optional(table->rows) : std::nullopt;
}

int64_t largest_table(const data::Snapshot& snapshot) {
  int64_t rows = 0;
  for (const data::TableInfo& table : snapshot.tables()) rows = std::max(rows, table.rows);
  return rows;
}

// Of the events of a source while they are sorted.
int64_t bytes_of(const SourcePlan& source, int64_t rows) {
  const auto fields = static_cast<int64_t>(source.fields.size());
  const auto indices = static_cast<int64_t>(source.layout.distincts.size());
  const auto masks = static_cast<int64_t>(source.layout.masks.size());
  return rows * (12 + 9 * fields + masks + 4 * indices) * 2;  // twice: rows, then sorted
}

}  // namespace

Result<OfflinePlan> OfflinePlan::open(const OfflineContext& context,
                                      std::span<const FeatureDefinition* const> features) {
  ASSIGN_OR_RETURN(TimeZone timezone, TimeZone::load(context.project.timezone));
  const std::vector<const Source*> sources = sources_of(context.registry, features);
  ASSIGN_OR_RETURN(const SourceSchemas schemas,
                   find_source_schemas(sources, context.snapshot, context.connection, timezone,
                                       context.of_project));
  ASSIGN_OR_RETURN(
      const ModelVectorSet models,
      read_model_vectors(context.registry, features, context.snapshot, context.find_model));
  ASSIGN_OR_RETURN(FeaturePlan plan,
                   FeaturePlan::compile(context.registry, schemas, features, models));
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

Result<FittedSet> fitted_before(const OfflineContext& context) {
  if (!context.of_project) return FittedSet();
  return read_fitted(context.snapshot);
}

Result<Micros> newest_moment(const OfflineContext& context, const OfflinePlan& plan) {
  const std::string& as_of = context.project.as_of;
  if (as_of == "now") return plan.timezone.day_end(plan.timezone.day_of(now_micros()));
  if (!as_of.empty()) {
    ASSIGN_OR_RETURN(const Micros midnight, parse_utc(as_of));
    return plan.timezone.day_end(static_cast<int32_t>(midnight / kMicrosPerDay));
  }
  int32_t newest = INT32_MIN;
  for (const TimeColumn& column : time_columns(context, plan)) {
    ASSIGN_OR_RETURN(const int32_t day, newest_day(context, plan, column));
    newest = std::max(newest, day);
  }
  for (const CompiledFeature& feature : plan.plan.features()) {
    if (feature.vectors != nullptr)
      newest = std::max(newest, plan.timezone.day_of(feature.vectors->trained_until));
  }
  if (newest == INT32_MIN) {
    return not_found("no table of these features has any row with a time")
        .with_mend("name the day, e.g. --date 2026-01-31, or load data first");
  }
  return plan.timezone.day_end(newest);
}

Result<int64_t> partitions_for(const OfflineContext& context, const OfflinePlan& plan) {
  const std::vector<SourcePlan>& sources = plan.plan.sources();
  const int64_t memory = std::max<int64_t>(1, context.memory_bytes);
  const int64_t largest = largest_table(context.snapshot);
  int64_t bytes = 0;
  for (const SourcePlan& source : sources)
    bytes += bytes_of(source, known_rows(context, source).value_or(largest));
  if (bytes <= memory) return 1;
  bytes = 0;
  for (const SourcePlan& source : sources) {
    std::optional<int64_t> rows = known_rows(context, source);
    if (!rows) {
      const std::string& keys = keys_of(plan.keys, *source.entity).relation;
      ASSIGN_OR_RETURN(rows, context.connection.scalar_int("SELECT count(*) FROM (" +
                                                           event_sql(source, keys, {}) + ")"));
    }
    bytes += bytes_of(source, *rows);
  }
  return std::max<int64_t>(1, (bytes + memory - 1) / memory);
}

}  // namespace coterie::features
