#pragma once
// Whether a source holds the same rows as before, told by their content alone: a server does not
// say whether a table has changed.

#include <string>

#include "data/ingest/session_internal.h"

namespace coterie::data {

// Equal for the same rows in any order, each as often as before, and the same unreadable ones.
// Reads every row once.
Result<std::string> content_of(const OpenSource& opened, Connection& connection);

// The same of the rows whose watermark is `newest` alone.
Result<std::string> content_at_watermark(const SourceConfig& source, const std::string& newest,
                                         const OpenSource& opened, Connection& connection);

}  // namespace coterie::data
