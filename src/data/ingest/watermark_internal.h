#pragma once
// Loading by the value of a column that only grows.

#include <string>

#include "data/ingest/session_internal.h"

namespace coterie::data {

// The largest value of the source's watermark column as text; "" when there is no row. An error
// when the column does not exist or is text, whose order is not that of numbers or times.
Result<std::string> newest_watermark(const SourceConfig& source, const Relation& relation,
                                     Connection& connection);

// Narrows the relation to rows beyond `last` (with a key: not before it, since equal values may
// have come later and replace themselves). Nothing happens when `last` is empty.
Status keep_beyond(const SourceConfig& source, const std::string& last, Relation& relation);

}  // namespace coterie::data
