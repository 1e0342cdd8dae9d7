#pragma once
// JSON of request bodies, read by simdjson: 15 to 45 times as fast as base/json.h on the bodies of
// the feature API, and as strict. No type of simdjson shows here.
//
//   JsonReader reader;                                        // one a thread
//   ASSIGN_OR_RETURN(const JsonValue body, reader.parse(request.body));
//   if (const auto service = body.find("feature_service")) ...

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace coterie::serving {

// A view of the reader's memory, valid until its next parse(). Copies are cheap.
class JsonValue {
 public:
  // A number written without fraction and exponent is kInteger if it fits int64, else kReal.
  enum class Kind : uint8_t { kNull, kBoolean, kInteger, kReal, kText, kArray, kObject };

  Kind kind() const;
  // kInvalidInput "expected a text, found a number" unless it is of that kind; real() also takes
  // integers.
  Result<bool> boolean() const;
  Result<int64_t> integer() const;
  Result<double> real() const;
  Result<std::string_view> text() const;
  // Appends the values in order.
  Status items(std::vector<JsonValue>& out) const;
  // Appends names and values in order; kInvalidInput also for a name that occurs twice.
  using Member = std::pair<std::string_view, JsonValue>;
  Status members(std::vector<Member>& out) const;
  // The first value of that name; nullopt where there is none or this is no object. O(members).
  std::optional<JsonValue> find(std::string_view name) const;

 private:
  friend class JsonReader;
  struct Access;
  alignas(8) std::array<std::byte, 16> element_;
};

// "a text", "an object": for errors.
std::string_view kind_name(JsonValue::Kind kind);

class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // One value, strictly: UTF-8, nothing behind it, nesting of at most 64. kInvalidInput with line
  // and column of the body. `text` need not outlive the call.
  Result<JsonValue> parse(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::serving
