#pragma once
// Numbers with their noun, as people read them.

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/clock.h"

namespace coterie {

// "1 day", "1,234 days": of nouns that take an s.
inline std::string counted(int64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", format_count(n), noun, n == 1 ? "" : "s");
}

}  // namespace coterie
