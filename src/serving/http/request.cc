#include "serving/http/request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/check.h"
#include "base/json.h"

namespace coterie::serving {
namespace {

constexpr std::array<std::string_view, kMethodCount> kMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "OTHER"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_header_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

// One huge answer does not hold its memory for ever.
constexpr size_t kKeptBytes = 4 << 20;

struct Phrase {
  int status;
  std::string_view text;
};
constexpr std::array kPhrases = {
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{303, "See Other"},
    Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"},
    Phrase{308, "Permanent Redirect"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{411, "Length Required"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{417, "Expectation Failed"},
    Phrase{422, "Unprocessable Content"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{507, "Insufficient Storage"},
};

std::optional<std::string_view> first_of(std::span<const TextPair> pairs, std::string_view name) {
  for (const TextPair& pair : pairs) {
    if (pair.first == name) return pair.second;
  }
  return std::nullopt;
}

}  // namespace

std::string_view method_name(Method method) { return kMethods[static_cast<size_t>(method)]; }

Method method_of(std::string_view name) {
  for (size_t i = 0; i + 1 < kMethods.size(); ++i) {
    if (kMethods[i] == name) return static_cast<Method>(i);
  }
  return Method::kOther;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view Request::parameter(std::string_view name) const {
  const auto value = first_of(parameters, name);
  CHECK(value.has_value());
  return *value;
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  return first_of(query, name);
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const TextPair& pair : headers) {
    if (equals_ignoring_case(pair.first, name)) return pair.second;
  }
  return std::nullopt;
}

Result<int64_t> Request::query_number(std::string_view name, const WholeNumber& rule) const {
  const auto text = query_value(name);
  if (!text) return rule.fallback;
  int64_t value = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size() || value < rule.low ||
      value > rule.high) {
    return invalid_input(fmt::format("'{}' is not a whole number from {} to {}",
                                     text->substr(0, 80), rule.low, rule.high))
        .for_key(fmt::format("query parameter {}", name))
        .with_mend(fmt::format("write {}={} or leave it out", name, rule.fallback));
  }
  return value;
}

Status Response::add_header(std::string_view name, std::string_view value) {
  if (!is_token(name) || !is_header_text(value)) {
    return invalid_input(
        fmt::format("header '{}' cannot be sent: it holds control characters or "
                    "its name is none",
                    name.substr(0, 80)));
  }
  header_lines_.append(name).append(": ").append(value).append("\r\n");
  return {};
}

void Response::fail(const Error& error, int with_status) {
  status = with_status != 0 ? with_status : http_status(error.code);
  content_type = "application/json";
  if (status == 503) header_lines_ += "Retry-After: 1\r\n";
  body = dump_json(error_to_json(error));
}

void Response::clear() {
  status = 200;
  content_type = "application/json";
  body.clear();
  if (body.capacity() > kKeptBytes) body.shrink_to_fit();
  header_lines_.clear();
}

std::string_view status_phrase(int status) {
  for (const Phrase& phrase : kPhrases) {
    if (phrase.status == status) return phrase.text;
  }
  return "";
}

}  // namespace coterie::serving
