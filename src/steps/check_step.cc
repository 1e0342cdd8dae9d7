#include "steps/check_step.h"

#include <fmt/format.h>

#include "base/counted.h"
#include "steps/outputs.h"

namespace coterie::steps {
namespace {

// More would bury the first ones.
constexpr size_t kMostShown = 8;

std::string_view level_name(data::CheckLevel level) {
  return level == data::CheckLevel::kError ? "error" : "warn";
}

std::string finding_text(const data::Finding& finding) {
  return fmt::format("{}{}: {}", finding.table, finding.column.empty() ? "" : "." + finding.column,
                     finding.message);
}

// One error that names the findings which stop the run.
Error contract_error(const data::CheckReport& report) {
  std::string message = fmt::format("the data breaks its contract: {} {}", report.errors(),
                                    report.errors() == 1 ? "finding" : "findings");
  size_t shown = 0;
  for (const data::Finding& finding : report.findings) {
    if (!finding.is_error() || ++shown > kMostShown) continue;
    message += "\n    " + finding_text(finding);
    if (!finding.mend.empty()) message += " (" + finding.mend + ")";
  }
  return Error{ErrorCode::kInvalidInput, message}.with_mend(
      "see coterie check; mend the data, or set a check to warn under checks in coterie.yaml");
}

Status load_findings(data::Connection& connection, const data::CheckReport& report) {
  RETURN_IF_ERROR(connection.execute(
      "CREATE TEMP TABLE findings (check_name VARCHAR, table_name VARCHAR, column_name VARCHAR, "
      "level VARCHAR, passed BOOLEAN, \"count\" BIGINT, total BIGINT, \"limit\" VARCHAR, message "
      "VARCHAR, mend VARCHAR)"));
  ASSIGN_OR_RETURN(data::Appender rows, connection.append_to("findings"));
  for (const data::Finding& finding : report.findings) {
    RETURN_IF_ERROR(rows.add(data::check_name(finding.kind)));
    RETURN_IF_ERROR(rows.add(finding.table));
    RETURN_IF_ERROR(rows.add(finding.column));
    RETURN_IF_ERROR(rows.add(level_name(finding.level)));
    RETURN_IF_ERROR(rows.add(finding.passed));
    RETURN_IF_ERROR(rows.add(finding.count));
    RETURN_IF_ERROR(rows.add(finding.total));
    RETURN_IF_ERROR(rows.add(finding.limit));
    RETURN_IF_ERROR(rows.add(finding.message));
    RETURN_IF_ERROR(rows.add(finding.mend));
    RETURN_IF_ERROR(rows.end_row());
  }
  return rows.close();
}

Result<pipeline::StepReport> run_check(pipeline::StepContext& context) {
  ASSIGN_OR_RETURN(const data::CheckReport checked,
                   data::check_data(context.project, context.inputs, context.engine));
  if (!checked.ok()) return contract_error(checked);
  ASSIGN_OR_RETURN(data::Connection connection, context.engine.connect());
  RETURN_IF_ERROR(load_findings(connection, checked));
  pipeline::StepReport report;
  ASSIGN_OR_RETURN(const int64_t rows,
                   context.transaction.replace(
                       "data_checks", connection,
                       fmt::format("SELECT *, make_timestamp({}) AS updated_at, {} AS run_id FROM "
                                   "findings",
                                   context.now, data::quote_text(context.run_id)),
                       {.reshape = true}));
  report.rows_out = {{"data_checks", rows}};
  report.notes.push_back(counted(std::ssize(checked.findings), "check") + ", " +
                         counted(checked.warnings(), "warning"));
  for (const data::Finding& finding : checked.findings) {
    if (finding.is_warning()) report.notes.push_back("  warning: " + finding_text(finding));
  }
  return report;
}

}  // namespace

pipeline::Step make_check_step(const data::Project& project,
                               const std::vector<std::string>& roles) {
  pipeline::Step step;
  step.name = "check";
  step.version = 1;
  step.optional_inputs = roles;
  step.outputs = {"data_checks"};
  step.config = fmt::format("as_of={} checks={}", project.as_of,
                            project.checks ? project.checks->to_text() : "");
  step.run = run_check;
  return step;
}

}  // namespace coterie::steps
