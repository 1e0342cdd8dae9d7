#include "cli/commands.h"
#include "cli/workspace.h"
#include "data/check/check.h"
#include "pipeline/runner.h"

namespace coterie::cli {
namespace {

Status run_check(Session& session) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "check"));
  ASSIGN_OR_RETURN(const data::Snapshot snapshot, workspace.warehouse.snapshot());
  if (snapshot.tables().empty()) {
    return not_found("there is no data to check yet")
        .with_mend("load it: coterie run --select ingest");
  }
  ASSIGN_OR_RETURN(data::Engine engine,
                   pipeline::open_step_engine(workspace.project, workspace.share.current(), false));
  ASSIGN_OR_RETURN(const data::CheckReport report,
                   data::check_data(workspace.project, snapshot, engine));
  session.print(report.to_text());
  session.print_json(report.to_json());
  if (report.ok()) return {};
  return Error{ErrorCode::kInvalidInput, "the data breaks its contract"}.with_mend(
      "mend the data, or set a check to warn under checks in coterie.yaml");
}

}  // namespace

Command make_check_command() {
  return {.name = "check",
          .summary = "Check the loaded data against its contract",
          .details =
              "Missing values, duplicate keys, unknown ids, negative prices, future dates, "
              "date coverage, sizes and relationships between tables. Each check is error, "
              "warn or off under `checks` in coterie.yaml; a run stops on errors only. Exit "
              "status 2 when there are errors.",
          .examples = {"coterie check", "coterie check --json"},
          .declare = nullptr,
          .run = run_check,
          .children = {}};
}

}  // namespace coterie::cli
