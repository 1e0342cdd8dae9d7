#pragma once
// JSON in and out, over nlohmann::json: text of unknown origin can always be written, and what is
// read is strict, with the place of an error.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/result.h"

namespace coterie {

// One line, or indented by `indent` spaces a level. Bytes that are not UTF-8 become U+FFFD instead
// of an exception; NaN and infinity become null (JSON has neither).
std::string dump_json(const nlohmann::json& value, int indent = -1);
std::string dump_json(const nlohmann::ordered_json& value, int indent = -1);

// The same with secrets redacted (secret.h) in every text and key: what leaves the program.
// redact() on finished JSON could cut an escape in two.
std::string dump_json_redacted(const nlohmann::json& value, int indent = -1);
std::string dump_json_redacted(const nlohmann::ordered_json& value, int indent = -1);

// Parses one value. kInvalidInput with line and column (in characters) for malformed text, bytes
// that are not UTF-8, a duplicate key, a number out of range and nesting deeper than 200. `file` is
// only for messages.
Result<nlohmann::json> parse_json(std::string_view text, const std::string& file);
// kNotFound, kIo, or as above.
Result<nlohmann::json> load_json(const std::string& path);

// {"error": {"code", "message", and what applies of "mend", "file", "line", "column", "table",
// "field", "key"}}, secrets redacted: what --json and the HTTP API answer.
nlohmann::json error_to_json(const Error& error);

}  // namespace coterie
