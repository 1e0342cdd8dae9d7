#pragma once
// One role from its source to the warehouse.

#include "base/result.h"
#include "data/ingest/report.h"
#include "data/ingest/session_internal.h"

namespace coterie::data {

Result<RoleReport> load_role(LoadSession& session, const SourceConfig& source);

// What of the configuration decides how the source becomes a table.
std::string source_fingerprint(const Project& project, const SourceConfig& source);

}  // namespace coterie::data
