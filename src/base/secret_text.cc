#include <algorithm>
#include <array>
#include <string>

#include "base/secret_internal.h"

namespace coterie::internal {
namespace {

char lower_letter(char c) { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; }

// `quote` 0: the value is not quoted and ends at a separator.
bool ends_value(char c, char quote) {
  if (quote != '\0') return c == quote;
  return std::string_view(" \t\r\n&;,\"'<>)}]").find(c) != std::string_view::npos;
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
  constexpr std::array<std::string_view, 7> kNames = {
      "password", "passwd", "pwd", "secret", "api_key", "access_token", "auth_token"};
  for (size_t at = text.find('=', from); at != std::string_view::npos;
       at = text.find('=', at + 1)) {
    std::string before(text.substr(from, at - from));
    std::ranges::transform(before, before.begin(), lower_letter);
    const bool named = std::ranges::any_of(
        kNames, [&](std::string_view name) { return std::string_view(before).ends_with(name); });
    if (!named || at + 1 == text.size()) continue;
    // libpq quotes values that hold spaces, with a backslash before a quote inside.
    const bool quoted = text[at + 1] == '\'' || text[at + 1] == '"';
    const size_t begin = at + (quoted ? 2 : 1);
    size_t end = begin;
    while (end < text.size() && !ends_value(text[end], quoted ? text[at + 1] : '\0')) {
      end += text[end] == '\\' && quoted && end + 1 < text.size() ? 2 : 1;
    }
    if (end > begin) return Span{begin, end};
  }
  return std::nullopt;
}

}  // namespace coterie::internal
