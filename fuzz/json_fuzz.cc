// links: coterie_base
//
// parse_json on arbitrary bytes: no crash, every error has a message and a place inside the text,
// and what parses survives being written and parsed again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = coterie::parse_json(text, "fuzz.json");
  if (!value.ok()) {
    const coterie::Error& error = value.error();
    CHECK(!error.message.empty() && error.file == "fuzz.json");
    CHECK(error.line >= 1 && error.line <= static_cast<int64_t>(size) + 1);
    CHECK(error.column >= 1 && error.column <= static_cast<int64_t>(size) + 1);
    return 0;
  }
  const std::string written = coterie::dump_json(*value);
  const auto again = coterie::parse_json(written, "again.json");
  CHECK(again.ok());
  CHECK(coterie::dump_json(*again) == written);
  // Redaction may join keys, but never breaks the JSON.
  CHECK(coterie::parse_json(coterie::dump_json_redacted(*value), "redacted.json").ok());
  return 0;
}
