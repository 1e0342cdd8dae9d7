#pragma once
// What commands that run steps share.

#include "base/result.h"
#include "cli/session.h"
#include "cli/workspace.h"
#include "pipeline/runner.h"

namespace coterie::cli {

// Runs with the live table and prints the closing summary. The report's `error` is not printed.
Result<pipeline::RunReport> run_steps(Session& session, Workspace& workspace,
                                      const pipeline::Graph& graph, pipeline::RunOptions options);

// Brings these steps (or groups of them) up to date, with what they need before them, and prints
// the report as JSON too. `force` runs them though they are fresh, but not what they need.
Status run_named_steps(Session& session, Workspace& workspace, std::vector<pipeline::Step> steps,
                       const std::vector<std::string>& names, bool force);

}  // namespace coterie::cli
