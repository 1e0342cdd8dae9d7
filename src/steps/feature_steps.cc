#include "steps/feature_steps.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "features/offline/pushed_rows.h"
#include "features/offline/snapshot_build.h"
#include "features/offline/source_schemas.h"
#include "features/registry/history.h"
#include "features/registry/registry.h"
#include "pipeline/runner.h"
#include "steps/cf_step.h"
#include "steps/model_config.h"
#include "steps/model_finder.h"
#include "steps/outputs.h"
#include "steps/pushed_step.h"
#include "steps/today.h"

namespace coterie::steps {
namespace {

using features::Entity;
using features::FeatureDefinition;
using features::Registry;

// Tables that the features' sources read, of those that a project can have.
std::vector<std::string> inputs_of(const Registry& registry,
                                   const std::vector<const FeatureDefinition*>& of,
                                   const std::vector<std::string>& tables) {
  std::vector<std::string> inputs;
  for (const features::Source* source : features::sources_of(registry, of)) {
    for (const std::string& table : features::tables_read(*source, tables)) {
      if (std::ranges::find(inputs, table) == inputs.end()) inputs.push_back(table);
    }
    if (source->request.empty()) inputs.push_back(features::pushed_table(source->name));
  }
  return inputs;
}

// Models that the project trains, where features are made of them: what is trained anew makes their
// values stale, and is trained before.
Status add_models(const data::Project& project, const Registry& registry,
                  const std::vector<const FeatureDefinition*>& of,
                  std::vector<std::string>& inputs) {
  ASSIGN_OR_RETURN(const ModelsConfig models, read_models(project));
  const auto add = [&](const FeatureDefinition& feature) {
    const bool trained = models.cf && feature.model.substr(0, feature.model.find('/')) == "cf";
    if (trained && std::ranges::find(inputs, kCfModel) == inputs.end())
      inputs.emplace_back(kCfModel);
  };
  for (const FeatureDefinition* feature : of) {
    for (const FeatureDefinition* input : registry.inputs_of(*feature)) add(*input);
    add(*feature);
  }
  return {};
}

std::string config_text(const data::Project& project, const Registry& registry,
                        const std::vector<const FeatureDefinition*>& of) {
  return fmt::format("timezone={} as_of={} keep_days={} {}", project.timezone, project.as_of,
                     project.feature_days, features::features_version(registry, of));
}

// Days older than the newest `keep` that have a snapshot.
Status remove_old_days(pipeline::StepContext& context, data::Connection& connection,
                       const std::string& table, int32_t day, pipeline::StepReport& report) {
  if (!context.inputs.has(table)) return {};
  std::vector<int32_t> days;
  RETURN_IF_ERROR(connection.for_each_chunk(
      fmt::format("SELECT DISTINCT feature_date FROM facts.{} ORDER BY 1 DESC", table),
      [&](const data::Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row)
          days.push_back(chunk.column(0).as_days(row));
        return {};
      }));
  if (std::ranges::find(days, day) == days.end()) days.push_back(day);
  std::ranges::sort(days, std::greater<>());
  const auto keep = static_cast<size_t>(context.project.feature_days);
  for (size_t i = keep; i < days.size(); ++i) {
    if (days[i] == day) continue;
    ASSIGN_OR_RETURN(
        [[maybe_unused]] const int64_t rows,
        context.transaction.replace_days(table, connection,
                                         fmt::format("SELECT * FROM facts.{} WHERE false", table),
                                         days[i], days[i]));
  }
  if (days.size() > keep) {
    report.notes.push_back(fmt::format("{} days kept, {} older removed", keep, days.size() - keep));
  }
  return {};
}

// A column of the stored table that the new rows do not have, or have with another type; "" = none.
// Days of both kinds cannot stand in one table.
std::string unlike_column(const data::TableInfo& stored,
                          const std::vector<data::ColumnInfo>& columns) {
  for (const data::ColumnSchema& column : stored.columns) {
    const auto found = std::ranges::find(columns, column.name, &data::ColumnInfo::name);
    if (found == columns.end() || found->sql_type != column.sql_type) return column.name;
  }
  return "";
}

class SnapshotRun {
 public:
  SnapshotRun(pipeline::StepContext& context, const Registry& registry, const Entity& entity,
              std::optional<int32_t> day, const std::vector<std::string>& inputs)
      : context_(context), registry_(registry), entity_(entity), day_(day), inputs_(inputs) {}

  Result<pipeline::StepReport> run();

 private:
  Status write(features::SnapshotBuild& build, data::Connection& connection);
  Status leave_statistics(const features::SnapshotBuild& build);

  pipeline::StepContext& context_;
  const Registry& registry_;
  const Entity& entity_;
  std::optional<int32_t> day_;
  const std::vector<std::string>& inputs_;
  std::vector<const FeatureDefinition*> features_;
  bool reshaped_ = false;  // the table had to begin anew
  pipeline::StepReport report_;
};

Status SnapshotRun::write(features::SnapshotBuild& build, data::Connection& connection) {
  const std::string table = features::snapshot_table(entity_);
  data::TableOptions options;
  options.key = entity_.join_keys;
  options.key.emplace_back("feature_date");
  options.day_column = "feature_date";
  if (!build.dictionary().empty())
    options.entities = {{entity_.join_keys.front(), build.dictionary()}};
  const features::SnapshotProvenance provenance{
      .updated_at = context_.now,
      .model_version = features::features_version(registry_, features_),
      .run_id = context_.run_id};
  const data::RowSource rows{.columns = build.columns(), .write = [&](const std::string& path) {
                               return build.write(path, provenance);
                             }};
  const auto stored = context_.inputs.table(table);
  const std::string lost = stored ? unlike_column(*stored, rows.columns) : "";
  int64_t written = 0;
  if (lost.empty()) {
    ASSIGN_OR_RETURN(written, context_.transaction.replace_days(table, connection, rows,
                                                                build.day(), build.day(), options));
  } else {
    reshaped_ = options.reshape = true;
    ASSIGN_OR_RETURN(written, context_.transaction.replace(table, connection, rows, options));
    report_.notes.push_back(
        fmt::format("{}: column {} is gone or of another type, so the days before had to go: build "
                    "those that you need again with --date",
                    table, lost));
  }
  report_.rows_out.emplace_back(table, written);
  return {};
}

Status SnapshotRun::leave_statistics(const features::SnapshotBuild& build) {
  for (const std::string& reference : build.newly_fitted())
    context_.transaction.set_mark(features::kFittedMark + reference,
                                  build.fitted().to_text(reference));
  std::vector<std::string> names;
  for (const FeatureDefinition* feature : features_) names.push_back(feature->name);
  return features::record_versions(context_.project.folder, registry_, names, {});
}

Result<pipeline::StepReport> SnapshotRun::run() {
  const std::string table = features::snapshot_table(entity_);
  std::vector<std::string> attached;
  for (const std::string& input : inputs_) {
    if (context_.inputs.has(input)) attached.push_back(input);
  }
  if (context_.inputs.has(table)) attached.push_back(table);
  ASSIGN_OR_RETURN(data::Connection connection, open_inputs(context_, attached));
  const features::OfflineContext offline{
      .project = context_.project,
      .registry = registry_,
      .snapshot = context_.inputs,
      .connection = connection,
      .pool = context_.pool,
      .memory_bytes = pipeline::memory_beside_engine(context_.resources),
      .find_model = model_finder(context_.project.folder, context_.inputs)};
  features_ = features::snapshot_features(registry_, entity_);
  ASSIGN_OR_RETURN(features::SnapshotBuild build,
                   features::SnapshotBuild::open(offline, entity_, features_, day_));
  const int32_t day = build.day();
  RETURN_IF_ERROR(write(build, connection));
  if (!reshaped_) RETURN_IF_ERROR(remove_old_days(context_, connection, table, day, report_));
  RETURN_IF_ERROR(leave_statistics(build));
  const features::SnapshotStats& stats = build.stats();
  report_.notes.push_back(fmt::format(
      "{} features as of the end of {}; {} events read in {}, values in {}",
      build.columns().size() - entity_.join_keys.size() - 4,
      format_utc(int64_t{day} * kMicrosPerDay).substr(0, 10), format_count(stats.events),
      format_duration(stats.read_seconds), format_duration(stats.compute_seconds)));
  return report_;
}

bool has_registry(const data::Project& project) {
  std::error_code ignored;
  return std::filesystem::is_directory(project.folder + "/feature_store", ignored);
}

}  // namespace

Result<std::vector<pipeline::Step>> make_feature_steps(const data::Project& project,
                                                       std::optional<int32_t> day) {
  std::vector<pipeline::Step> steps;
  if (!has_registry(project)) return steps;
  auto loaded = features::load_with_history(project.folder);
  if (!loaded.ok()) {
    if (loaded.error().code == ErrorCode::kNotFound) return steps;
    return loaded.error();
  }
  const auto registry = std::make_shared<const Registry>(*std::move(loaded));
  const std::vector<std::string> roles = project.roles();
  std::vector<std::string> tables = roles;
  tables.emplace_back("dataset_a_interactions");
  steps.push_back(make_pushed_step(registry, roles));
  for (const Entity& entity : registry->entities()) {
    const auto of = features::snapshot_features(*registry, entity);
    if (of.empty()) continue;
    pipeline::Step step;
    step.name = fmt::format("{}.{}", day ? "feature_days" : "features", entity.name);
    step.optional_inputs = inputs_of(*registry, of, tables);
    RETURN_IF_ERROR(add_models(project, *registry, of, step.optional_inputs));
    step.outputs = {features::snapshot_table(entity)};
    step.config = config_text(project, *registry, of);
    if (day) step.config += fmt::format(" day={} at={}", *day, now_micros());
    if (project.as_of == "now" && !day) step.outside_state = today_text;
    const auto inputs = step.optional_inputs;
    step.run = [registry, name = entity.name, day, inputs](pipeline::StepContext& context) {
      return SnapshotRun(context, *registry, *registry->entity(name), day, inputs).run();
    };
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace coterie::steps
