#include "cli/run_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "cli/metric_table.h"
#include "cli/text_table.h"

namespace coterie::cli {
namespace {

using Align = TextTable::Align;
using pipeline::PlannedStep;
using pipeline::RunRecord;
using pipeline::StepPlan;
using pipeline::StepRecord;

bool ran(const StepRecord& step) {
  return step.state != "fresh" && step.state != "off" && step.state != "kept" &&
         step.state != "waiting";
}

std::string_view plan_name(StepPlan plan) {
  switch (plan) {
    case StepPlan::kFresh:
      return "fresh";
    case StepPlan::kStale:
      return "run";
    case StepPlan::kWillFollow:
      return "may run";
    case StepPlan::kOff:
      return "off";
    case StepPlan::kNotSelected:
      break;
  }
  return "not selected";
}

Json tables_json(const std::vector<pipeline::TableVersion>& tables) {
  Json list = Json::array();
  for (const pipeline::TableVersion& table : tables) {
    list.push_back({{"table", table.table}, {"version", table.version}});
    if (table.rows >= 0) list.back()["rows"] = table.rows;
  }
  return list;
}

std::string steps_table(const std::vector<StepRecord>& steps) {
  TextTable table({{"step", Align::kLeft},
                   {"state", Align::kLeft},
                   {"rows", Align::kRight},
                   {"time", Align::kRight},
                   {"peak memory", Align::kRight},
                   {"why", Align::kLeft}});
  for (const StepRecord& step : steps) {
    if (!ran(step)) continue;
    table.add({step.step, step.state, format_count(step.rows), format_duration(step.seconds),
               format_bytes(step.peak_bytes), step.reason});
  }
  return table.rows() > 0 ? table.render() : "";
}

std::string counts_text(const std::vector<StepRecord>& steps) {
  const auto count = [&](std::string_view state) {
    return std::ranges::count(steps, state, &StepRecord::state);
  };
  std::vector<std::string> parts;
  if (const auto fresh = count("fresh"); fresh > 0) parts.push_back(fmt::format("{} fresh", fresh));
  if (const auto kept = count("kept"); kept > 0) {
    parts.push_back(fmt::format("{} not selected", kept));
  }
  if (const auto waiting = count("waiting"); waiting > 0) {
    parts.push_back(fmt::format("{} not reached", waiting));
  }
  std::string text = parts.empty() ? "" : fmt::format("other steps: {}\n", fmt::join(parts, ", "));
  for (const StepRecord& step : steps) {
    if (step.state == "off") text += fmt::format("off: {} {}\n", step.step, step.reason);
  }
  return text;
}

std::string details_text(const std::vector<StepRecord>& steps) {
  std::string text;
  for (const StepRecord& step : steps) {
    if (!ran(step) || (step.metrics.empty() && step.notes.empty())) continue;
    text += "\n" + step.step + "\n";
    for (const std::string& note : step.notes) text += "  " + note + "\n";
    text += metrics_text(step.metrics, 2);
  }
  return text;
}

std::string failure_text(const pipeline::RunReport& report) {
  const auto stopped = std::ranges::find_if(report.steps, [](const StepRecord& step) {
    return step.state == "failed" || step.state == "cancelled";
  });
  const auto done = std::ranges::count(report.steps, std::string("ok"), &StepRecord::state);
  std::string text = report.run.state == "cancelled" ? "stopped" : "failed";
  if (stopped != report.steps.end()) text += " in step " + stopped->step;
  text += fmt::format(" after {}", format_duration(report.seconds));
  text += done > 0 ? fmt::format("; what {} {} wrote is kept", done,
                                 done == 1 ? "finished step" : "finished steps")
                   : "; nothing was changed";
  return text + "\ngo on from there with: coterie run\n";
}

}  // namespace

Json run_json(const RunRecord& run) {
  Json json = {{"run_id", run.run_id},
               {"command", run.command},
               {"state", run.state},
               {"started_at", format_utc(run.started_at)}};
  if (run.finished_at > 0) {
    json["finished_at"] = format_utc(run.finished_at);
    json["seconds"] = static_cast<double>(run.finished_at - run.started_at) / kMicrosPerSecond;
  }
  json["peak_bytes"] = run.peak_bytes;
  json["program"] = run.program;
  if (!run.error.empty()) json["error"] = run.error;
  return json;
}

Json step_json(const StepRecord& step) {
  Json json = {{"step", step.step}, {"state", step.state}};
  if (!step.reason.empty()) json["reason"] = step.reason;
  if (ran(step)) {
    json["seconds"] = step.seconds;
    json["rows"] = step.rows;
    json["peak_bytes"] = step.peak_bytes;
  }
  json["inputs"] = tables_json(step.inputs);
  json["outputs"] = tables_json(step.outputs);
  json["metrics"] = step.metrics;
  json["notes"] = step.notes;
  if (!step.error.empty()) json["error"] = step.error;
  return json;
}

Json plan_json(const std::vector<PlannedStep>& plan) {
  Json list = Json::array();
  for (const PlannedStep& step : plan) {
    list.push_back({{"step", step.name}, {"plan", plan_name(step.plan)}});
    if (!step.reason.empty()) list.back()["reason"] = step.reason;
  }
  return list;
}

std::string plan_text(const std::vector<PlannedStep>& plan) {
  TextTable table({{"step", Align::kLeft}, {"plan", Align::kLeft}, {"why", Align::kLeft}});
  for (const PlannedStep& step : plan) {
    if (step.plan == StepPlan::kNotSelected) continue;
    table.add({step.name, std::string(plan_name(step.plan)), step.reason});
  }
  return table.render();
}

std::string metrics_text(const std::map<std::string, double>& metrics, int indent) {
  const MetricTable sorted = arrange_metrics(metrics);
  if (sorted.rows.empty()) return "";
  std::vector<TextTable::Column> columns = {{"metric", Align::kLeft}};
  for (const std::string& column : sorted.columns) columns.push_back({column, Align::kRight});
  TextTable table(columns);
  for (const auto& [name, values] : sorted.rows) {
    std::vector<std::string> cells = {name};
    for (const std::string& column : sorted.columns) {
      const auto found = values.find(column);
      cells.push_back(found == values.end() ? "" : fmt::format("{:.4f}", found->second));
    }
    table.add(std::move(cells));
  }
  return table.render(indent);
}

std::string run_text(const RunRecord& run, const std::vector<StepRecord>& steps) {
  std::string text = fmt::format("run {}: {}\n  {}\n  started {}", run.run_id, run.state,
                                 run.command, format_utc(run.started_at).substr(0, 19));
  if (run.finished_at > 0) {
    text += fmt::format(
        ", took {}",
        format_duration(static_cast<double>(run.finished_at - run.started_at) / kMicrosPerSecond));
  }
  if (run.peak_bytes > 0) text += ", peak memory " + format_bytes(run.peak_bytes);
  text += "\n";
  if (!run.error.empty()) text += "  " + run.error + "\n";
  text += "\n" + steps_table(steps) + counts_text(steps);
  for (const StepRecord& step : steps) {
    if (!ran(step) || (step.inputs.empty() && step.outputs.empty())) continue;
    text += "\n" + step.step + "\n";
    for (const auto& input : step.inputs) {
      text += fmt::format("  read  {} v{}\n", input.table, input.version);
    }
    for (const auto& output : step.outputs) {
      text += fmt::format("  wrote {} v{}: {} rows\n", output.table, output.version,
                          format_count(output.rows));
    }
  }
  return text + details_text(steps);
}

std::string summary_text(const pipeline::RunReport& report) {
  std::string text;
  for (const std::string& run : report.interrupted) {
    text += fmt::format("run {} was interrupted; what it finished was kept\n", run);
  }
  if (!report.did_anything() && !report.error) {
    const auto fresh = std::ranges::count(report.steps, std::string("fresh"), &StepRecord::state);
    return text + fmt::format(
                      "nothing to do: {} of {} steps are fresh (coterie run --force redoes them)\n",
                      fresh, report.steps.size());
  }
  if (report.error && !report.did_anything()) return text;  // the error says it all
  text += steps_table(report.steps) + counts_text(report.steps) + details_text(report.steps) + "\n";
  if (report.error) return text + failure_text(report);
  return text + fmt::format("done in {}, peak memory {} (run {})\n",
                            format_duration(report.seconds), format_bytes(report.run.peak_bytes),
                            report.run.run_id);
}

Json report_json(const pipeline::RunReport& report) {
  Json document = run_json(report.run);
  document["seconds"] = report.seconds;
  document["did_anything"] = report.did_anything();
  document["interrupted_runs"] = report.interrupted;
  document["steps"] = Json::array();
  for (const auto& step : report.steps) document["steps"].push_back(step_json(step));
  if (report.error) document["error"] = error_to_json(*report.error)["error"];
  return document;
}

}  // namespace coterie::cli
