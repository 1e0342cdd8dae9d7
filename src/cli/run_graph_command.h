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

}  // namespace coterie::cli
