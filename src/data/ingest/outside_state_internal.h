#pragma once
// Fingerprints of what lies outside.

#include <string>

#include "data/ingest/session_internal.h"

namespace coterie::data {

// The state of everything that an SQL source reads; "" when it cannot be known without reading (a
// database, the file functions of SQL).
Result<std::string> inputs_state(LoadSession& session, const SourceConfig& source);

}  // namespace coterie::data
