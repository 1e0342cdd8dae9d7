#pragma once
// JSON written straight into a text, for answers of thousands of values.
//
//   JsonWriter json(response.body);
//   json.begin_object().key("results").begin_array();
//   json.real(0.1).integer(3).text("PRESENT").null();
//   json.end_array().end_object();                      // {"results":[0.1,3,"PRESENT",null]}
//
// Commas are the writer's. Numbers are the shortest that read back as the same value; NaN and
// infinity become null (JSON has neither); bytes that are not UTF-8 become U+FFFD, as in
// base/json.h. That brackets and keys fit together is the caller's.

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie::serving {

// Appends to `out`, which outlives it. Not thread-safe.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out), begin_(out.size()) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& text(std::string_view value);
  JsonWriter& integer(int64_t value);
  JsonWriter& real(double value);
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  // A value that is JSON already, such as a text escaped once and written often (json_text).
  JsonWriter& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }

 private:
  JsonWriter& open(char bracket) {
    separate();
    out_ += bracket;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    return *this;
  }
  // Nothing stands between values but a comma: the last character tells whether one is due.
  void separate() {
    if (out_.size() == begin_) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':') out_ += ',';
  }

  std::string& out_;
  size_t begin_;
};

// `value` in quotes, escaped: what JsonWriter::text appends.
std::string json_text(std::string_view value);

}  // namespace coterie::serving
