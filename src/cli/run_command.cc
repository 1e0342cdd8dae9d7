#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/log.h"
#include "base/secret.h"
#include "cli/commands.h"
#include "cli/look.h"
#include "cli/program.h"
#include "cli/report_html.h"
#include "cli/run_graph_command.h"
#include "cli/run_text.h"
#include "cli/run_view.h"
#include "steps/project_steps.h"

namespace coterie::cli {
namespace {

constexpr int kExampleCustomers = 3;
constexpr int kExampleArticles = 5;
constexpr int kReportCustomers = 6;
constexpr int kReportArticles = 10;

struct RunCommandOptions {
  pipeline::RunOptions run;
  bool dry_run = false;
};

// Newest successful record of each step, for the report: a run may have left most of them alone.
Result<std::vector<pipeline::StepRecord>> newest_records(const Workspace& workspace,
                                                         const pipeline::Graph& graph) {
  ASSIGN_OR_RETURN(const auto tracking, pipeline::Tracking::open(workspace.project));
  std::vector<pipeline::StepRecord> records;
  for (const pipeline::Step& step : graph.steps()) {
    ASSIGN_OR_RETURN(auto record, tracking.last_ok(step.name));
    if (record) records.push_back(*std::move(record));
  }
  return records;
}

Result<std::string> write_report(Workspace& workspace, const pipeline::Graph& graph,
                                 const pipeline::RunReport& report) {
  ASSIGN_OR_RETURN(Reader reader, Reader::open(workspace, false));
  ReportData data;
  data.project = workspace.project.name;
  data.currency = workspace.project.money.currency;
  data.run = report.run;
  data.tables = reader.snapshot.tables();
  ASSIGN_OR_RETURN(data.steps, newest_records(workspace, graph));
  if (reader.snapshot.has("customer_segment_profiles")) {
    ASSIGN_OR_RETURN(data.segments, view_segments(reader));
  }
  if (reader.snapshot.has("recommendations_cf")) {
    ASSIGN_OR_RETURN(data.customers, view_customers(reader, "", kReportCustomers, kReportArticles));
  }
  const std::string path = workspace.project.folder + "/report/index.html";
  RETURN_IF_ERROR(make_folders(workspace.project.folder + "/report"));
  RETURN_IF_ERROR(write_file_atomic(path, redact(report_html(data))));
  return path;
}

// A first look right away: a run whose result has to be searched for is half a result.
Status look_right_away(Session& session, Workspace& workspace) {
  ASSIGN_OR_RETURN(Reader reader, Reader::open(workspace, false));
  if (reader.snapshot.has("customer_segment_profiles")) {
    ASSIGN_OR_RETURN(const auto segments, view_segments(reader));
    session.remark("\nCustomer segments\n\n" +
                   segments_text(segments, workspace.project.money.currency));
  }
  if (reader.snapshot.has("recommendations_cf")) {
    ASSIGN_OR_RETURN(const auto customers,
                     view_customers(reader, "", kExampleCustomers, kExampleArticles));
    session.remark("\nRecommendations of some customers\n\n" + customers_text(customers));
  }
  return {};
}

Status say_where_to_look(Session& session, Workspace& workspace, const std::string& report) {
  ASSIGN_OR_RETURN(const data::Snapshot snapshot, workspace.warehouse.snapshot());
  std::string text = "\nlook further:\n";
  if (snapshot.has("customer_segment_profiles")) text += "  coterie show segments\n";
  if (snapshot.has("recommendations_cf")) text += "  coterie show recommendations --customer ID\n";
  if (snapshot.has("customer_segments"))
    text += "  coterie sql \"select * from customer_segments limit 5\"\n";
  session.remark(text + "  coterie tables\n  " + report + "\n");
  return {};
}

bool finished_any(const pipeline::RunReport& report) {
  return std::ranges::any_of(report.steps, [](const auto& step) { return step.state == "ok"; });
}

Status finish(Session& session, Workspace& workspace, const pipeline::Graph& graph,
              const pipeline::RunReport& report) {
  Json document = report_json(report);
  if (report.error) {
    // What was finished before is worth a look; that it cannot be written is the smaller fault.
    if (finished_any(report)) {
      const auto written = write_report(workspace, graph, report);
      if (written.ok()) {
        document["report"] = *written;
        session.remark(fmt::format("what was finished: {}\n", *written));
      }
    }
    session.print_json(document);
    return *report.error;
  }
  std::string path = workspace.project.folder + "/report/index.html";
  if (report.did_anything()) {
    ASSIGN_OR_RETURN(path, write_report(workspace, graph, report));
    RETURN_IF_ERROR(look_right_away(session, workspace));
  }
  document["report"] = path;
  RETURN_IF_ERROR(say_where_to_look(session, workspace, path));
  session.print_json(document);
  return {};
}

Status show_plan(Session& session, Workspace& workspace, const pipeline::Graph& graph,
                 const pipeline::RunOptions& options) {
  ASSIGN_OR_RETURN(
      const auto plan,
      pipeline::dry_run(graph, {workspace.project, workspace.warehouse, workspace.share}, options));
  session.print(plan_text(plan));
  session.print_json(plan_json(plan));
  return {};
}

Status run_run(Session& session, const RunCommandOptions& options) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "run"));
  ASSIGN_OR_RETURN(auto steps, steps::project_steps(workspace.project));
  ASSIGN_OR_RETURN(const auto graph, pipeline::Graph::build(std::move(steps)));
  if (options.dry_run) return show_plan(session, workspace, graph, options.run);
  // Better said now than after an hour of work; a selection may do without.
  if (options.run.select.empty()) RETURN_IF_ERROR(workspace.project.check_secrets());
  ASSIGN_OR_RETURN(const auto report, run_steps(session, workspace, graph, options.run));
  return finish(session, workspace, graph, report);
}

}  // namespace

Result<pipeline::RunReport> run_steps(Session& session, Workspace& workspace,
                                      const pipeline::Graph& graph, pipeline::RunOptions options) {
  options.command = session.options().line;
  options.program = program_version();
  const auto run = [&]() {
    RunView view(session);
    return pipeline::run_graph(graph, {workspace.project, workspace.warehouse, workspace.share},
                               options, view);
  };
  ASSIGN_OR_RETURN(pipeline::RunReport report, run());
  session.remark(summary_text(report));
  return report;
}

Status run_named_steps(Session& session, Workspace& workspace, std::vector<pipeline::Step> steps,
                       const std::vector<std::string>& names, bool force) {
  ASSIGN_OR_RETURN(const auto graph, pipeline::Graph::build(std::move(steps)));
  pipeline::RunOptions options;
  for (const std::string& name : names) options.select.push_back("+" + name);
  options.force = force;
  options.force_only = names;
  ASSIGN_OR_RETURN(const auto report, run_steps(session, workspace, graph, options));
  session.print_json(report_json(report));
  if (report.error) return *report.error;
  return {};
}

Command make_run_command() {
  const auto options = std::make_shared<RunCommandOptions>();
  return {
      .name = "run",
      .summary = "Run what is stale: ingest, check, datasets, models, outputs",
      .details =
          "A step is stale when its code, its settings, the tables it reads or its sources "
          "changed since it last finished. Each step commits its tables and its mark together, so "
          "after Ctrl-C, a crash or an error the next run goes on where this one stopped. A second "
          "run does nothing and says so.\n"
          "STEP is a name, a group (datasets = datasets.*) or a pattern with * and ?. STEP+ adds "
          "everything that reads from it, +STEP everything that it needs.\n"
          "--force redoes every step that is selected: with +STEP also what STEP needs, ingest "
          "included. --select STEP --force redoes STEP alone.",
      .examples = {"coterie run", "coterie run --select datasets.c+", "coterie run --dry-run"},
      .declare =
          [options](Arguments& arguments) {
            arguments.texts("--select", options->run.select, "STEP[+]", "only these steps");
            arguments.flag("--force", options->run.force,
                           "redo all selected steps, also fresh ones");
            arguments.flag("--dry-run", options->dry_run, "say what would run, and why");
          },
      .run = [options](Session& session) { return run_run(session, *options); },
      .children = {}};
}

}  // namespace coterie::cli
