#pragma once
// Where passwords stand in text that nobody has declared a secret.

#include <cstddef>
#include <optional>
#include <string_view>

namespace coterie::internal {

struct Span {
  size_t begin;
  size_t end;
};

// The first password of a URL at or after `from`: between the first ':' and the last '@' of the
// authority, so that a password with an unescaped '@' is found whole.
std::optional<Span> find_url_password(std::string_view text, size_t from);
// The value of the first "password=..." or the like at or after `from`.
std::optional<Span> find_named_password(std::string_view text, size_t from);
using FindSpan = std::optional<Span> (*)(std::string_view text, size_t from);

}  // namespace coterie::internal
