// links: coterie_serving_features coterie_serving_http
//
// Bodies of the feature server on arbitrary bytes: whatever comes is read or refused with a
// message, and what is read has as many values in every column.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "serving/features/feature_request.h"
#include "serving/features/push_request.h"

namespace {

constexpr size_t kMaxRows = 100;

void read_body(const coterie::serving::JsonValue& body) {
  static coterie::serving::FeatureRequest request;  // kept, as a server's thread does
  const coterie::Status read = request.read(body, kMaxRows);
  if (!read.ok()) {
    CHECK(!read.error().message.empty() && !read.error().mend.empty());
    return;
  }
  CHECK(request.rows() <= kMaxRows && !request.columns().empty());
  CHECK(!request.service().empty() || !request.features().empty());
  for (const auto& column : request.columns()) CHECK(column.values.size() == request.rows());
}

void read_rows(const coterie::serving::JsonValue& body) {
  const auto rows = coterie::serving::read_push(body, kMaxRows);
  if (!rows.ok()) {
    CHECK(!rows.error().message.empty() && !rows.error().mend.empty());
    return;
  }
  CHECK(rows->rows() >= 1 && rows->rows() <= kMaxRows);
  CHECK(rows->values.size() == rows->rows() * rows->columns.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static coterie::serving::JsonReader reader;
  const auto body = reader.parse({reinterpret_cast<const char*>(data), size});
  if (!body.ok()) return 0;
  read_body(*body);
  read_rows(*body);
  return 0;
}
