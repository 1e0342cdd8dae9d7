#pragma once
// One HTTP request as a handler sees it, and the answer it fills in.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serving/http/url.h"

namespace coterie::serving {

enum class Method : uint8_t { kGet, kHead, kPost, kPut, kDelete, kPatch, kOptions, kOther };
inline constexpr int kMethodCount = 8;
std::string_view method_name(Method method);  // "GET"; "OTHER" for kOther
Method method_of(std::string_view name);      // case-sensitive, as RFC 9110 §9.1 has it

// A view: every text lives until the handler returns. Texts of path and query are decoded and
// valid UTF-8; header values and the body are bytes as they came.
class Request {
 public:
  Method method = Method::kGet;
  std::string_view path;   // as sent, percent-encoded, without the query
  std::string_view route;  // the pattern that matched: "/v1/features/{entity}/{id}"
  std::string_view body;
  std::string_view request_id;        // the client's X-Request-Id if it is sane, else made here
  std::vector<TextPair> parameters;   // of the path, by the names of the pattern
  std::vector<TextPair> query;        // in order; a name may occur again
  std::span<const TextPair> headers;  // in order; a name may occur again

  // By name of the pattern's segment; the name must be in the pattern.
  std::string_view parameter(std::string_view name) const;
  // The first of that name.
  std::optional<std::string_view> query_value(std::string_view name) const;
  std::optional<std::string_view> header(std::string_view name) const;  // any letter case
  // A whole number in [low, high] from the query; `fallback` where it is absent. kInvalidInput
  // names the parameter and the bounds.
  struct WholeNumber {
    int64_t fallback = 0;
    int64_t low = 0;
    int64_t high = INT64_MAX;
  };
  Result<int64_t> query_number(std::string_view name, const WholeNumber& rule) const;
};

bool equals_ignoring_case(std::string_view a, std::string_view b);

class Response {
 public:
  int status = 200;
  std::string_view content_type = "application/json";  // a text that outlives the answer
  std::string body;  // keeps up to 4 MiB of memory between requests

  // Adds a header line. kInvalidInput unless `name` is a token and `value` is free of control
  // characters: nothing taken from a request can smuggle in a header.
  Status add_header(std::string_view name, std::string_view value);
  // Makes this the JSON {"error": {"code", "message", "mend"}} of `error` (base/json.h), with the
  // status that base/error.h maps its code to, or `with_status` where HTTP knows a better one. With
  // 503 goes Retry-After.
  void fail(const Error& error, int with_status = 0);
  void clear();
  // The lines of add_header, each with its line end.
  std::string_view header_lines() const { return header_lines_; }

 private:
  std::string header_lines_;
};

// "200 OK"; codes that RFC 9110 does not name have an empty phrase.
std::string_view status_phrase(int status);

}  // namespace coterie::serving
