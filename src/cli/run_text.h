#pragma once
// Runs and their steps as text and JSON.

#include <string>
#include <vector>

#include "cli/session.h"
#include "pipeline/runner.h"
#include "pipeline/staleness.h"
#include "pipeline/tracking.h"

namespace coterie::cli {

Json run_json(const pipeline::RunRecord& run);
// A whole run with its steps, as --json prints it.
Json report_json(const pipeline::RunReport& report);
Json step_json(const pipeline::StepRecord& step);
Json plan_json(const std::vector<pipeline::PlannedStep>& plan);

// A record, with steps, inputs, outputs, metrics and notes.
std::string run_text(const pipeline::RunRecord& run,
                     const std::vector<pipeline::StepRecord>& steps);
// What a dry run answers.
std::string plan_text(const std::vector<pipeline::PlannedStep>& plan);
// The closing summary of a run that has just ended.
std::string summary_text(const pipeline::RunReport& report);

// A line a metric, models and list lengths side by side (metric_table.h); "" when there is none.
std::string metrics_text(const std::map<std::string, double>& metrics, int indent);

}  // namespace coterie::cli
