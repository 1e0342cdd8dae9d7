#pragma once
// The body of POST /get-online-features, as Feast's clients send it:
//
//   {"feature_service": "profile"}                     or
//   {"features": ["spend_90d", "customer:age"]}
//   {"entities": {"customer_id": ["c1", "c2"]},        columns, all of one length
//    "request_data": {"basket": [12.5, 3]},            likewise; also "request_context"
//    "full_feature_names": true}
//
// Fields of requests may also stand among the entities, where Feast's clients put them.

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serving/http/json_reader.h"

namespace coterie::serving {

struct RequestColumn {
  std::string_view name;
  std::string_view part;  // "entities", "request_data": for errors
  std::vector<JsonValue> values;
};

// Views the reader's memory. Kept by a thread, so that reading the next one allocates nothing.
class FeatureRequest {
 public:
  // kInvalidInput names the field: a wrong type, columns of different lengths, nothing asked for.
  Status read(const JsonValue& body, size_t max_rows);

  // "" where single features are asked for.
  std::string_view service() const { return service_; }
  std::span<const std::string_view> features() const { return features_; }
  bool full_feature_names() const { return full_feature_names_; }
  size_t rows() const { return rows_; }
  std::span<const RequestColumn> columns() const { return {columns_.data(), column_count_}; }
  const RequestColumn* find(std::string_view name) const;

 private:
  Status read_names(const JsonValue& body);
  Status read_columns(const JsonValue& body, std::string_view part);
  Status check_lengths(size_t max_rows);

  std::string_view service_;
  std::vector<std::string_view> features_;
  bool full_feature_names_ = false;
  size_t rows_ = 0;
  std::vector<RequestColumn> columns_;  // the first `column_count_` are this request's
  size_t column_count_ = 0;
  std::vector<JsonValue> items_;
  std::vector<JsonValue::Member> members_;
};

// The member, or null where it is absent or null.
std::optional<JsonValue> member_of(const JsonValue& object, std::string_view name);

}  // namespace coterie::serving
