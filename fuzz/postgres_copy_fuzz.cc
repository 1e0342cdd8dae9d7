// links: coterie_data_postgres
// PostgreSQL's binary COPY from an arbitrary server: no crash, and the same rows however the bytes
// are cut.

#include <cstdint>
#include <string>

#include "base/check.h"
#include "data/postgres/binary_copy.h"

using coterie::Status;
using coterie::data::BinaryCopyParser;

namespace {

// Reads every field in every way and returns what was seen.
std::string read_all(std::string_view bytes, size_t piece) {
  std::string seen;
  BinaryCopyParser parser(2, [&](const BinaryCopyParser::Fields& fields) -> Status {
    for (const auto& field : fields) {
      if (!field) continue;
      seen += std::to_string(field->size()) + ",";
      const auto number = coterie::data::binary_numeric(*field);
      if (number.ok()) seen += *number;
      seen += std::to_string(coterie::data::binary_int(*field).ok());
      seen += std::to_string(coterie::data::binary_days(*field).ok());
      seen += std::to_string(coterie::data::binary_micros(*field).ok());
    }
    return {};
  });
  for (size_t at = 0; at < bytes.size(); at += piece) {
    const Status fed = parser.feed(bytes.substr(at, piece));
    if (!fed.ok()) return seen + fed.error().message;
  }
  return seen + (parser.finish().ok() ? "whole" : "cut");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const std::string whole = read_all(text, size + 1);
  const std::string pieces = read_all(text, 3);
  // A fault found late in one piece hides the rows behind it only by where the cut falls.
  if (whole.ends_with("whole")) CHECK(whole == pieces);
  return 0;
}
