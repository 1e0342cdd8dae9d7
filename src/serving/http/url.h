#pragma once
// The request target of HTTP: its parts (RFC 9112 §3.2) and percent-decoding (RFC 3986 §2.1). All
// of it comes from outside: whatever the bytes, the result is a decoded text or an error.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace coterie::serving {

// Room for decoded texts that stay where they are until clear(). Not thread-safe.
class TextRoom {
 public:
  // Forgets every text; what is decoded next may hold `bytes` in all.
  void clear(size_t bytes);

 private:
  friend Result<std::string_view> percent_decoded(std::string_view, bool, TextRoom&);
  std::string bytes_;
};

// `text` itself where nothing is encoded, else a view of `room`. `plus_is_space` is the rule of
// queries. kInvalidInput: '%' without two hexadecimal digits behind it, or not UTF-8.
Result<std::string_view> percent_decoded(std::string_view text, bool plus_is_space, TextRoom& room);

// Path (encoded, begins with '/') and query (encoded, without '?') of a target in origin form
// "/a?b" or absolute form "http://host/a?b"; a fragment is left out. kInvalidInput otherwise.
struct Target {
  std::string_view path;
  std::string_view query;
};
Result<Target> split_target(std::string_view target);

// The pairs of "a=1&b&c=x+y", decoded, in order, appended; a name without '=' has an empty value.
// `room` must have been cleared for at least the query's bytes. kInvalidInput names the parameter.
using TextPair = std::pair<std::string_view, std::string_view>;
Status parse_query(std::string_view query, TextRoom& room, std::vector<TextPair>& out);

}  // namespace coterie::serving
