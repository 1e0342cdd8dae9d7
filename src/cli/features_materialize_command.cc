#include <memory>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/features_commands.h"
#include "cli/features_view.h"
#include "cli/offline_work.h"
#include "cli/workspace.h"
#include "events/event_log.h"
#include "features/online/online_project.h"
#include "steps/feature_history.h"
#include "store/key_value_store.h"

namespace coterie::cli {
namespace {

Status materialize(Session& session) {
  ASSIGN_OR_RETURN(const OpenedRegistry opened, OpenedRegistry::open(session));
  RETURN_IF_ERROR(features::check_against_history(opened.registry, opened.history));
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "features"));
  ASSIGN_OR_RETURN(OfflineWork work, OfflineWork::open(workspace));
  const features::OfflineContext context = work.context(workspace, opened.registry);
  const auto online = features::online_features(opened.registry);
  if (online.empty()) {
    return invalid_input("no feature of the registry is online")
        .with_mend("write `online: true` for those that are to be served");
  }
  const Stopwatch watch;
  ASSIGN_OR_RETURN(const auto plan, features::OfflinePlan::open(context, online));
  ASSIGN_OR_RETURN(const auto history, steps::warehouse_history(context, plan));
  ASSIGN_OR_RETURN(
      const features::MaterializeReport done,
      features::materialize(plan.plan, *history, features::materialize_config(workspace.project)));
  std::vector<std::string> names;
  for (const features::FeatureDefinition* feature : online) names.push_back(feature->name);
  RETURN_IF_ERROR(features::record_versions(opened.folder, opened.registry, names, {}));
  session.print(fmt::format("{} entities, {} events of {} sources, {} in memory, in {}",
                            format_count(done.entities), format_count(done.rows),
                            plan.plan.sources().size(), format_bytes(done.bytes),
                            format_duration(watch.seconds())));
  if (done.dropped > 0) {
    session.print(
        fmt::format("{} events were beyond the {} newest of an entity and are not kept: "
                    "windows that reach further back are short",
                    format_count(done.dropped), features::OnlineLimits{}.max_events));
  }
  session.remark("a running `coterie serve` takes it over within seconds");
  session.print_json({{"entities", done.entities},
                      {"events", done.rows},
                      {"dropped", done.dropped},
                      {"bytes", done.bytes},
                      {"generation", done.generation},
                      {"log_offset", done.offset},
                      {"seconds", watch.seconds()}});
  return {};
}

// Nobody else may hold the log: its owner would go on writing records that are gone.
Status rebuild(Session& session) {
  ASSIGN_OR_RETURN(const std::string folder, session.project_folder());
  ASSIGN_OR_RETURN(const data::Project project, data::load_project(folder));
  const features::OnlineConfig config = features::online_config(project);
  auto log = events::EventLog::open(config.log_folder, config.log);
  if (!log.ok()) {
    Error error = log.error();
    if (error.code == ErrorCode::kConflict)
      error.mend = "stop the `coterie serve` that owns the store first";
    return error;
  }
  {
    ASSIGN_OR_RETURN(const auto store, store::open_store(config.store_url, config.store));
    ASSIGN_OR_RETURN([[maybe_unused]] const int64_t removed, store->clear(""));
  }
  return materialize(session);
}

}  // namespace

Command make_features_materialize_command() {
  return {.name = "materialize",
          .summary = "Fill the online store from the warehouse",
          .details =
              "Builds the state of all online features from the tables' rows and what was pushed, "
              "beside the one that serves, and hands it over when it is whole. Needed once before "
              "the first `coterie serve`, after loads of new data, and when online features "
              "change.",
          .examples = {"coterie features materialize"},
          .declare = nullptr,
          .run = materialize,
          .children = {}};
}

Command make_features_rebuild_command() {
  return {.name = "rebuild",
          .summary = "Restore a lost or damaged online store",
          .details =
              "Empties the online store and fills it again: from the warehouse, and from the event "
              "log what the warehouse does not have yet. Nothing that was acknowledged is lost, as "
              "long as the log is there. No `coterie serve` may run meanwhile.",
          .examples = {"coterie features rebuild"},
          .declare = nullptr,
          .run = rebuild,
          .children = {}};
}

}  // namespace coterie::cli
