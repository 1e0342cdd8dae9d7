#pragma once
// Reads UBJSON (ubjson.org, draft 12), the binary JSON that XGBoost saves models in: containers
// with and without count and type, numbers big-endian.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace coterie::trees {

// One value and nothing after it. kCorrupt, naming the byte, for anything else, for nesting deeper
// than 64 and for high-precision numbers. Memory is at most 64 times the bytes, whatever they say.
// `file` is only for messages.
Result<nlohmann::json> parse_ubjson(std::string_view bytes, const std::string& file);

}  // namespace coterie::trees
