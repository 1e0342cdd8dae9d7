#pragma once
// What the outputs of all model steps have in common.

#include <string>
#include <vector>

#include "pipeline/step.h"

namespace coterie::steps {

// ", TIMESTAMP '…' AS updated_at, 'cf/v3' AS model_version, '…' AS run_id": ends a select list.
std::string provenance_sql(const pipeline::StepContext& context, const std::string& model_version);

bool has_column(const data::Snapshot& snapshot, const std::string& table,
                const std::string& column);

// A connection with the step's declared inputs attached, and nothing else: what a step does not
// declare it cannot read.
Result<data::Connection> open_inputs(pipeline::StepContext& context,
                                     const std::vector<std::string>& tables);

}  // namespace coterie::steps
