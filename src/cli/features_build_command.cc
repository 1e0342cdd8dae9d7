#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/features_commands.h"
#include "cli/run_graph_command.h"
#include "cli/run_text.h"
#include "cli/workspace.h"
#include "pipeline/runner.h"
#include "steps/feature_steps.h"
#include "steps/project_steps.h"
#include "steps/pushed_step.h"

namespace coterie::cli {
namespace {

struct BuildOptions {
  std::string date;
  std::string entity;
};

Result<std::optional<int32_t>> asked_day(const BuildOptions& options) {
  if (options.date.empty()) return std::optional<int32_t>();
  const auto midnight = parse_utc(options.date);
  if (!midnight.ok() || *midnight % kMicrosPerDay != 0) {
    return invalid_input(fmt::format("--date: '{}' is no day", options.date))
        .with_mend("write it as 2026-01-31");
  }
  return std::optional(static_cast<int32_t>(*midnight / kMicrosPerDay));
}

Status run_build(Session& session, const BuildOptions& options) {
  ASSIGN_OR_RETURN(const std::optional<int32_t> day, asked_day(options));
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "features"));
  ASSIGN_OR_RETURN(auto steps, steps::project_steps(workspace.project));
  ASSIGN_OR_RETURN(auto snapshots, steps::make_feature_steps(workspace.project, day));
  if (snapshots.empty()) {
    return not_found("the project has no feature registry")
        .with_mend("write a first one: coterie features init");
  }
  std::vector<std::string> names;
  for (const pipeline::Step& step : snapshots) {
    if (step.name == steps::kPushedStep) continue;
    if (options.entity.empty() || step.name.ends_with("." + options.entity))
      names.push_back(step.name);
  }
  if (names.empty()) {
    return not_found(fmt::format("no entity '{}' has features", options.entity))
        .with_mend("see `coterie features list`");
  }
  // Today's snapshots give way to those of the day that was asked for.
  std::erase_if(steps, [](const pipeline::Step& step) {
    return step.name.starts_with("features.") || step.name == steps::kPushedStep;
  });
  std::ranges::move(snapshots, std::back_inserter(steps));
  return run_named_steps(session, workspace, std::move(steps), names, true);
}

}  // namespace

Command make_features_build_command() {
  const auto options = std::make_shared<BuildOptions>();
  return {.name = "build",
          .summary = "A snapshot: the features of all customers, articles, ... at the end of a day",
          .details =
              "Writes a day of customer_user_features (article_features, ...), computed in full "
              "from the events that were visible then; brings what it needs up to date first. "
              "Without --date it is today, as coterie.yaml's as_of says. Statistics of encodings "
              "(percentile buckets, scales, vocabularies) are fitted here and kept with the "
              "features' versions. `features: {keep_days}` says how many days stay.",
          .examples = {"coterie features build", "coterie features build --date 2026-01-31"},
          .declare =
              [options](Arguments& arguments) {
                arguments.text("--date", options->date, "DAY", "another day than today");
                arguments.text("--entity", options->entity, "NAME", "only this entity's");
              },
          .run = [options](Session& session) { return run_build(session, *options); },
          .children = {}};
}

}  // namespace coterie::cli
