#include "steps/pushed_step.h"

#include <fmt/format.h>

#include "base/timezone.h"
#include "events/event_reader.h"
#include "features/offline/pushed_rows.h"
#include "features/online/online_project.h"
#include "steps/outputs.h"

namespace coterie::steps {
namespace {

Result<std::string> log_state(const data::Project& project) {
  const auto range = events::read_log_range(features::event_log_folder(project));
  if (range.ok()) return fmt::format("log to {}", range->end);
  if (range.error().code == ErrorCode::kNotFound) return std::string("no log");
  return range.error();
}

Result<pipeline::StepReport> run_load(pipeline::StepContext& context,
                                      const features::Registry& registry) {
  ASSIGN_OR_RETURN(const TimeZone zone, TimeZone::load(context.project.timezone));
  std::vector<std::string> tables;
  for (const data::TableInfo& table : context.inputs.tables()) tables.push_back(table.name);
  ASSIGN_OR_RETURN(data::Connection connection, open_inputs(context, tables));
  ASSIGN_OR_RETURN(const features::PushedLoad load,
                   features::load_pushed_rows(registry, context.inputs, zone,
                                              features::event_log_folder(context.project),
                                              connection, context.transaction));
  pipeline::StepReport report;
  for (const auto& [table, rows] : load.rows) report.rows_out.emplace_back(table, rows);
  if (load.refused > 0)
    report.notes.push_back(
        fmt::format("{} pushed rows do not fit their source any more and are "
                    "left out",
                    load.refused));
  if (load.ignored > 0)
    report.notes.push_back(
        fmt::format("{} pushed rows are of sources that the registry does not have", load.ignored));
  return report;
}

}  // namespace

pipeline::Step make_pushed_step(std::shared_ptr<const features::Registry> registry,
                                const std::vector<std::string>& roles) {
  pipeline::Step step;
  step.name = kPushedStep;
  step.optional_inputs = roles;
  for (const features::Source& source : registry->sources()) {
    if (source.request.empty())
      step.optional_outputs.push_back(features::pushed_table(source.name));
  }
  step.outside_state = log_state;
  step.outside_reason = "rows were pushed";
  step.run = [registry = std::move(registry)](pipeline::StepContext& context) {
    return run_load(context, *registry);
  };
  return step;
}

}  // namespace coterie::steps
