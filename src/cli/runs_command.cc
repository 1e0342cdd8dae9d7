#include <fmt/format.h>

#include "base/clock.h"
#include "base/nearest_name.h"
#include "cli/commands.h"
#include "cli/run_text.h"
#include "cli/text_table.h"
#include "data/project/project.h"
#include "pipeline/tracking.h"

namespace coterie::cli {
namespace {

using Align = TextTable::Align;
using pipeline::RunRecord;
using pipeline::Tracking;

Result<Tracking> open_tracking(const Session& session) {
  ASSIGN_OR_RETURN(const std::string folder, session.project_folder());
  ASSIGN_OR_RETURN(const data::Project project, data::load_project(folder));
  return Tracking::open(project);
}

std::string took(const RunRecord& run) {
  if (run.finished_at == 0) return "";
  return format_duration(static_cast<double>(run.finished_at - run.started_at) / kMicrosPerSecond);
}

Status list_runs(Session& session, int64_t limit) {
  ASSIGN_OR_RETURN(const Tracking tracking, open_tracking(session));
  ASSIGN_OR_RETURN(const auto runs, tracking.runs(static_cast<int>(limit)));
  TextTable table({{"run", Align::kLeft},
                   {"state", Align::kLeft},
                   {"started (UTC)", Align::kLeft},
                   {"took", Align::kRight},
                   {"peak memory", Align::kRight},
                   {"command", Align::kLeft}});
  Json document = Json::array();
  for (const RunRecord& run : runs) {
    table.add({run.run_id, run.state, format_utc(run.started_at).substr(0, 19), took(run),
               run.peak_bytes > 0 ? format_bytes(run.peak_bytes) : "", run.command});
    document.push_back(run_json(run));
  }
  session.print(runs.empty() ? "no runs yet: coterie run" : table.render());
  session.print_json(document);
  return {};
}

Status show_run(Session& session, std::string run_id) {
  ASSIGN_OR_RETURN(const Tracking tracking, open_tracking(session));
  ASSIGN_OR_RETURN(const auto newest, tracking.runs(1'000'000));
  if (run_id == "last" && !newest.empty()) run_id = newest.front().run_id;
  const auto run = std::ranges::find(newest, run_id, &RunRecord::run_id);
  if (run == newest.end()) {
    std::vector<std::string> names;
    for (const RunRecord& record : newest) names.push_back(record.run_id);
    return not_found("no run '" + run_id + "'")
        .with_mend(nearest_mend(run_id, names, "see coterie runs"));
  }
  ASSIGN_OR_RETURN(const auto steps, tracking.steps(run_id));
  session.print(run_text(*run, steps));
  Json document = run_json(*run);
  document["steps"] = Json::array();
  for (const auto& step : steps) document["steps"].push_back(step_json(step));
  session.print_json(document);
  return {};
}

}  // namespace

Command make_runs_command() {
  const auto limit = std::make_shared<int64_t>(20);
  const auto run_id = std::make_shared<std::string>("last");
  Command show = {.name = "show",
                  .summary = "One run: its steps, what each read and wrote, metrics",
                  .details = "",
                  .examples = {"coterie runs show last"},
                  .declare =
                      [run_id](Arguments& arguments) {
                        arguments.positional("RUN", *run_id, "a run's id, or last", false);
                      },
                  .run = [run_id](Session& session) { return show_run(session, *run_id); },
                  .children = {}};
  return {.name = "runs",
          .summary = "List past runs, or show one",
          .details = "",
          .examples = {"coterie runs", "coterie runs show last"},
          .declare =
              [limit](Arguments& arguments) {
                arguments.count("--limit", *limit, "newest runs to list",
                                {.min = 1, .max = 100'000});
              },
          .run = [limit](Session& session) { return list_runs(session, *limit); },
          .children = {show}};
}

}  // namespace coterie::cli
