#include <algorithm>
#include <array>
#include <string>

#include "base/secret_internal.h"

namespace coterie::internal {
namespace {

char lower_letter(char c) { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_space(char c) { return c == ' ' || c == '\t'; }

bool starts_at(std::string_view text, size_t at, std::string_view what) {
  return text.substr(std::min(at, text.size())).starts_with(what);
}

// Whether the name that ends before `end` is one that passwords go by.
bool names_a_password(std::string_view text, size_t end) {
  constexpr std::array<std::string_view, 7> kNames = {
      "password", "passwd", "pwd", "secret", "api_key", "access_token", "auth_token"};
  constexpr size_t kLongest = 12;
  std::string before(text.substr(end - std::min(end, kLongest), std::min(end, kLongest)));
  std::ranges::transform(before, before.begin(), lower_letter);
  return std::ranges::any_of(
      kNames, [&](std::string_view name) { return std::string_view(before).ends_with(name); });
}

// A value without quotes ends at a separator. A backslash takes the next character with it, so that
// no escape of a surrounding JSON text is cut in two.
size_t end_of_bare_value(std::string_view text, size_t at) {
  while (at < text.size() &&
         std::string_view(" \t\r\n&;,\"'<>)}]").find(text[at]) == std::string_view::npos) {
    at = std::min(at + (text[at] == '\\' ? 2 : 1), text.size());
  }
  return at;
}

// A quoted one ends at the same quote; a backslash before a quote makes it part of the value.
size_t end_of_quoted_value(std::string_view text, size_t at, char quote) {
  while (at < text.size() && text[at] != quote) {
    at = std::min(at + (text[at] == '\\' ? 2 : 1), text.size());
  }
  return at;
}

// The same inside a JSON text, where the quotes are \" and a quote in the value is \\\".
size_t end_of_json_quoted_value(std::string_view text, size_t at) {
  while (at < text.size() && text[at] != '"' && !starts_at(text, at, "\\\"")) {
    size_t step = text[at] == '\\' ? 2 : 1;
    if (starts_at(text, at, "\\\\\\\"")) step = 4;
    at = std::min(at + step, text.size());
  }
  return at;
}

Span value_from(std::string_view text, size_t at) {
  if (starts_at(text, at, "\\\"")) return {at + 2, end_of_json_quoted_value(text, at + 2)};
  if (starts_at(text, at, "'") || starts_at(text, at, "\"")) {
    return {at + 1, end_of_quoted_value(text, at + 1, text[at])};
  }
  return {at, end_of_bare_value(text, at)};
}

bool is_scheme_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '-' || c == '.';
}

}  // namespace

std::optional<Span> find_url_password(std::string_view text, size_t from) {
  for (size_t at = text.find("://", from); at != std::string_view::npos;
       at = text.find("://", at + 3)) {
    if (at == 0 || !is_scheme_character(text[at - 1])) continue;
    const size_t begin = at + 3;
    const size_t end = std::min(text.find_first_of("/?# \t\r\n\"'<>", begin), text.size());
    const std::string_view authority = text.substr(begin, end - begin);
    const size_t host = authority.rfind('@');
    const size_t colon = authority.find(':');
    if (host == std::string_view::npos || colon == std::string_view::npos || colon >= host) {
      continue;
    }
    if (colon + 1 < host) return Span{begin + colon + 1, begin + host};
  }
  return std::nullopt;
}

std::optional<Span> find_named_password(std::string_view text, size_t from) {
  for (size_t at = text.find('=', from); at != std::string_view::npos;
       at = text.find('=', at + 1)) {
    size_t name_end = at;
    while (name_end > 0 && is_space(text[name_end - 1])) --name_end;
    if (!names_a_password(text, name_end)) continue;
    size_t value = at + 1;
    // "password= next=1" has an empty value, "password = x" has not.
    while (name_end < at && value < text.size() && is_space(text[value])) ++value;
    const Span span = value_from(text, value);
    if (span.end > span.begin) return span;
  }
  return std::nullopt;
}

}  // namespace coterie::internal
